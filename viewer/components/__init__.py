"""Custom components: the browser half is a set of small ES modules beside the Python half."""
