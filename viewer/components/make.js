// Making elements and writing numbers: text from the store becomes text nodes, never HTML.

/**
 * @param {string} tag
 * @param {Record<string, string>} [attributes]
 * @param {...(Node | string)} children strings become text nodes
 */
export function make(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/**
 * @param {string} tag
 * @param {Record<string, string | number>} [attributes]
 * @param {...(Node | string)} children
 */
export function draw(tag, attributes = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  made.append(...children);
  return made;
}

/** @param {number} count @param {string} one @param {string} [many] */
export function plural(count, one, many = `${one}s`) {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}

/** A measured value with three digits that count; null has none. @param {number | null | undefined} value */
export function number(value) {
  if (value === null || value === undefined) return "–";
  if (Number.isInteger(value)) return value.toLocaleString("en").replace("-", "−");
  const size = Math.abs(value);
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : size >= 0.0005 ? 3 : 5).replace("-", "−");
}

/** A score, always with three decimals, so that a column of them lines up. @param {number | null | undefined} value */
export function score(value) {
  return value === null || value === undefined ? "–" : value.toFixed(3).replace("-", "−");
}

const NAMES = { pca: "PCA", umap: "UMAP", tsne: "t-SNE", pacmap: "PaCMAP", cosine: "Cosine", euclidean: "Euclidean" };

/** @param {string} name of a metric or a projection */
export function shownName(name) {
  return Object.hasOwn(NAMES, name) ? NAMES[name] : name;
}

/** The name of a measure, which explains itself when it is pointed at. @param {string} name @param {Terms} terms @param {string} [label] */
export function term(name, terms, label) {
  const known = terms && Object.hasOwn(terms, name);
  return make("button", { type: "button", class: "term", "data-term": name }, label ?? (known ? terms[name].title : name));
}

/** @typedef {Record<string, {title: string, range: string, direction: string, definition: string, source: string, low: number | null, high: number | null}>} Terms */
