// Small helpers for elements of the page. Text reaches the page as text nodes alone.

/**
 * @param {string} tag
 * @param {string} [className]
 * @param {...(Node | string)} children strings become text nodes
 */
export function element(tag, className = "", ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

/**
 * @param {string} className
 * @param {string} text
 * @param {string} label for those who do not see it
 * @param {() => void} act
 * @returns {HTMLButtonElement}
 */
export function actButton(className, text, label, act) {
  const made = element("button", className, text);
  made.type = "button";
  made.title = label;
  made.setAttribute("aria-label", label);
  made.addEventListener("click", act);
  return made;
}

/**
 * Give a canvas as many pixels as the screen has for it.
 *
 * @param {HTMLCanvasElement} canvas
 * @returns {{context: CanvasRenderingContext2D, width: number, height: number}} in CSS pixels
 */
export function sizeCanvas(canvas) {
  const ratio = window.devicePixelRatio || 1;
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return { context, width, height };
}

export function scrollBehavior() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
}

/**
 * Act on a value once it has not changed for a while, and never twice on the same.
 *
 * @param {number} pause milliseconds
 * @param {(value: number) => void} act
 */
export function settled(pause, act) {
  let timer = 0;
  let acted = -1;
  return (value) => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (value !== acted) act(value);
      acted = value;
    }, pause);
  };
}
