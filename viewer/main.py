"""The Panel app of ``panel serve viewer``: one page per session."""

from viewer.page import serve_page

serve_page()
