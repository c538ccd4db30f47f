import type { CallTree } from "./fold-profile.ts";

const width = 1600;
const rowHeight = 17;
const headHeight = 40;
/** Narrower ones can be neither read nor pointed at. */
const narrowest = 0.4;
const letterWidth = 6.4;

/** Draws a call tree as a flame graph that needs nothing else: an SVG; pointing at a box tells what it is. */
export function flameGraph(title: string, tree: CallTree): string {
  const boxes: string[] = [];
  let deepest = 0;
  const draw = (node: CallTree, x: number, depth: number): void => {
    const boxWidth = (node.totalMs / tree.totalMs) * width;
    if (!(boxWidth >= narrowest)) return;
    deepest = Math.max(deepest, depth);
    boxes.push(box(node, x, headHeight + depth * rowHeight, boxWidth, tree.totalMs));
    let calleeX = x;
    for (const callee of [...node.callees].sort((one, other) => one.name.localeCompare(other.name))) {
      draw(callee, calleeX, depth + 1);
      calleeX += (callee.totalMs / tree.totalMs) * width;
    }
  };
  draw(tree, 0, 0);
  const height = headHeight + (deepest + 1) * rowHeight + 8;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="monospace" font-size="11">
<title>Flame graph: ${escaped(title)}</title>
<rect width="100%" height="100%" fill="#fff"/>
<text x="8" y="24" font-size="15">${escaped(title)}: ${tree.totalMs.toFixed(0)} ms of work</text>
${boxes.join("\n")}
</svg>
`;
}

function box(
  { name, place, totalMs, selfMs }: CallTree,
  x: number,
  y: number,
  boxWidth: number,
  allMs: number,
): string {
  const share = (partMs: number): string => `${((partMs / allMs) * 100).toFixed(1)}%`;
  const title = `${name} ${place}\n${share(totalMs)} in all, ${share(selfMs)} itself`;
  const letters = Math.floor((boxWidth - 4) / letterWidth);
  const label =
    letters < 3
      ? ""
      : `<text x="${(x + 3).toFixed(1)}" y="${y + 12}">${escaped(name.slice(0, letters))}</text>`;
  return (
    `<g><title>${escaped(title)}</title><rect x="${x.toFixed(1)}" y="${y}" width="${boxWidth.toFixed(1)}" ` +
    `height="${rowHeight - 1}" fill="${colour(place)}"/>${label}</g>`
  );
}

/** Sluice's own code, packages, Node, and V8 apart. */
function colour(place: string): string {
  if (place === "") return "#d9d9d9";
  if (place.startsWith("node:")) return "#9ecae1";
  return /^(services|libs|cli|bench|compact)\//.test(place) ? "#fdae6b" : "#a1d99b";
}

function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
