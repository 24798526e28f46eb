// Thumbnails: asked of the server for what is on screen, kept by key while the dataset stays the same.

const MOST_PER_REQUEST = 1000;

/** The images of one dataset. */
export class Pictures {
  /**
   * @param {(request: object) => void} ask sends a request to the server
   * @param {() => void} onArrival called when new images can be drawn
   */
  constructor(ask, onArrival) {
    this.ask = ask;
    this.onArrival = onArrival;
    this.dataset = "";
    /** @type {Map<string, ImageBitmap | null>} null: asked for, or there is none */
    this.images = new Map();
    /** @type {number[]} */
    this.wanted = [];
  }

  /** Forget everything when another dataset is shown. @param {string} dataset */
  use(dataset) {
    if (dataset === this.dataset) return;
    this.dataset = dataset;
    for (const image of this.images.values()) image?.close();
    this.images.clear();
    this.wanted = [];
  }

  /**
   * The image of an object, or null while it is not here; it is asked for once.
   *
   * @param {string} key
   * @param {number} row
   */
  get(key, row) {
    const image = this.images.get(key);
    if (image === undefined) {
      this.images.set(key, null);
      if (this.wanted.push(row) === 1) queueMicrotask(() => this.send());
    }
    return image ?? null;
  }

  send() {
    const rows = this.wanted;
    this.wanted = [];
    for (let start = 0; start < rows.length; start += MOST_PER_REQUEST) {
      this.ask({ dataset: this.dataset, rows: rows.slice(start, start + MOST_PER_REQUEST) });
    }
  }

  /** @param {{dataset: string, keys: string, sizes: ArrayLike<number>, bytes: Uint8Array}} answer */
  async receive({ dataset, keys, sizes, bytes }) {
    let start = 0;
    const decoded = JSON.parse(keys).map(async (key, index) => {
      const png = bytes.slice(start, start + sizes[index]);
      start += sizes[index];
      if (!png.length) return;
      // An image that cannot be decoded is drawn as a plain point.
      const image = await createImageBitmap(new Blob([png], { type: "image/png" })).catch(() => null);
      if (dataset === this.dataset) this.images.set(key, image);
    });
    await Promise.all(decoded);
    if (dataset === this.dataset) this.onArrival();
  }
}

/**
 * Draw an image into a square, small ones with hard pixels.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {ImageBitmap} image
 * @param {number} x left
 * @param {number} y top
 * @param {number} side
 */
export function drawPicture(context, image, x, y, side) {
  context.imageSmoothingEnabled = image.width > side;
  context.imageSmoothingQuality = "high";
  const scale = side / Math.max(image.width, image.height);
  const [width, height] = [image.width * scale, image.height * scale];
  context.drawImage(image, x + (side - width) / 2, y + (side - height) / 2, width, height);
}
