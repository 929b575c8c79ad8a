/* Draws pictograms on plates: one drawing for the map, the legend and the lists. */

const SIZE = 24; // CSS pixels of a plate
const RATIO = 2; // the map's images are drawn at twice that
const GRID = 15; // the pictograms' own grid

const FOLDERS = {
  maki: () => document.querySelector('meta[name="onemap:vendor:maki"]').content + "/icons",
  temaki: () => document.querySelector('meta[name="onemap:vendor:temaki"]').content + "/icons",
  own: () => new URL("../icons", import.meta.url).href
};

const shapes = new Map();

/** The outline of a pictogram, fetched once; null when there is no such file. */
function readShape(icon) {
  if (!shapes.has(icon)) {
    shapes.set(icon, fetchShape(icon).catch(() => null));
  }
  return shapes.get(icon);
}

async function fetchShape(icon) {
  const [set, name] = icon.split(":");
  if (!(set in FOLDERS) || !/^[\w-]+$/.test(name ?? "")) {
    return null;
  }
  const response = await fetch(`${FOLDERS[set]()}/${name}.svg`);
  if (!response.ok) {
    return null;
  }
  const svg = new DOMParser().parseFromString(await response.text(), "image/svg+xml");
  return [...svg.querySelectorAll("path")].map((path) => ({
    path: new Path2D(path.getAttribute("d")),
    rule: path.getAttribute("fill-rule") ?? "nonzero"
  }));
}

/** Relative luminance, 0 to 1 (WCAG 2). */
function luminanceOf(color) {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** Dark or white, whichever reads better on the colour. */
const inkOn = (color) => (luminanceOf(color) > 0.32 ? "#0a0f14" : "#ffffff");

function drawPlate(context, color, edge) {
  context.beginPath();
  context.roundRect(1.5, 1.5, SIZE - 3, SIZE - 3, 5);
  context.fillStyle = color;
  context.fill();
  context.lineWidth = 1.5;
  context.strokeStyle = edge;
  context.stroke();
}

async function draw(context, { icon, color, edge }) {
  const shape = await readShape(icon);
  context.scale(RATIO, RATIO);
  drawPlate(context, color, edge);
  context.fillStyle = inkOn(color);
  context.translate((SIZE - GRID) / 2, (SIZE - GRID) / 2);
  if (shape === null) {
    context.beginPath(); // no such pictogram: a plain dot
    context.arc(GRID / 2, GRID / 2, 3, 0, 2 * Math.PI);
    context.fill();
    return;
  }
  for (const { path, rule } of shape) {
    context.fill(path, rule);
  }
}

const PALE = 0.7; // a plate this light needs an edge on a light ground

function edgeOf(theme, color) {
  if (theme === "dark") {
    return "#070c12";
  }
  return luminanceOf(color) > PALE ? "#445666" : "#ffffff";
}

/** `plate:<icon>:<#rrggbb>` in its parts, or null for an image of another kind. */
export function parsePlateId(id) {
  const found = /^plate:([a-z]+:[\w-]+):(#[0-9a-f]{6})$/i.exec(id);
  return found ? { icon: found[1], color: found[2] } : null;
}

/** The image of a plate for the map: {data, pixelRatio}. */
export async function plateImage({ icon, color, theme }) {
  const canvas = new OffscreenCanvas(SIZE * RATIO, SIZE * RATIO);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  await draw(context, { icon, color, edge: edgeOf(theme, color) });
  return { data: context.getImageData(0, 0, canvas.width, canvas.height), pixelRatio: RATIO };
}

/** A plate as an element of the page; purely decorative, the words stand beside it. */
export function plateElement({ icon, color }) {
  const canvas = document.createElement("canvas");
  canvas.width = SIZE * RATIO;
  canvas.height = SIZE * RATIO;
  canvas.className = "symbol";
  canvas.setAttribute("aria-hidden", "true");
  void draw(canvas.getContext("2d"), { icon, color, edge: luminanceOf(color) > PALE ? "#7c8b99" : "transparent" });
  return canvas;
}
