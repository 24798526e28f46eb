// The passage of points from where A has them to where B has them. The server never learns of the places between.

const MILLISECONDS = 900;

/** Slow at both ends. @param {number} t 0 … 1 */
export function ease(t) {
  return t < 0.5 ? 4 * t ** 3 : 1 - (2 - 2 * t) ** 3 / 2;
}

/** Write the places at t into `to`. @param {Float32Array} to @param {ArrayLike<number>} a @param {ArrayLike<number>} b @param {number} t */
export function between(to, a, b, t) {
  for (let i = 0; i < to.length; i += 1) to[i] = a[i] + t * (b[i] - a[i]);
}

/**
 * Moves the points of A's figure. Columns are written in place: setting them would send them to the server.
 * @param {any} source the source of both maps
 */
export function makeGlide(source) {
  let own = null; // the columns that stand in for x_a and y_a, and the true ones
  let at = 0;
  let frame = 0;

  const take = () => {
    const data = source.data;
    if (own && data.x_a === own.x) return;
    own = { x: new Float32Array(data.x_a), y: new Float32Array(data.y_a), trueX: data.x_a, trueY: data.y_a };
    data.x_a = own.x;
    data.y_a = own.y;
  };
  const show = (t) => {
    at = t;
    if (!own && t === 0) return;
    take();
    between(own.x, own.trueX, source.data.x_b, t);
    between(own.y, own.trueY, source.data.y_b, t);
    source.change.emit();
  };

  return {
    /** Where the points are: 0 in A, 1 in B. */
    get at() { return at; },
    /** Be there at once; also when the server has sent other points. @param {number} t */
    jump(t) {
      cancelAnimationFrame(frame);
      show(t);
    },
    /** Go there. @param {number} t */
    go(t) {
      cancelAnimationFrame(frame);
      const from = at;
      const start = performance.now();
      const step = (now) => {
        const share = Math.min(1, Math.max(0, (now - start) / MILLISECONDS));
        show(from + ease(share) * (t - from));
        if (share < 1) frame = requestAnimationFrame(step);
      };
      frame = requestAnimationFrame(step);
    },
  };
}
