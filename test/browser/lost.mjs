// lost.mjs: what of a page cannot be come by on a small screen, or at twice the size: beyond the edge of what does
// not scroll, cut off in a button or a heading, in a part too low to be read, or below what stands upon it.
const LOW_PX = 96; // three lines and the air around them

export const lostIn = (page) => page.evaluate((low) => {
  const found = new Set();
  const named = (node) => `${node.tagName.toLowerCase()}${[...node.classList].map((one) => `.${one}`).join("")} "${
    node.textContent.trim().slice(0, 40)}"`;
  const shown = (node) => node.checkVisibility?.() !== false && !node.closest(".sr, [aria-hidden=true], thead")
    && getComputedStyle(node).clipPath === "none"; // what only a reader hears is clipped
  const scrolls = (node, way) => /auto|scroll/.test(getComputedStyle(node)[`overflow${way}`]);
  const within = (node, way) => {
    for (let one = node.parentElement; one; one = one.parentElement) if (scrolls(one, way)) return one;
    return null;
  };
  if (document.documentElement.scrollWidth > innerWidth) found.add("the page scrolls sideways");
  for (const node of document.querySelectorAll("h1, h2, h3, p, a, button, input, select, textarea, label, td, dd, dt")) {
    const { left, right, width } = node.getBoundingClientRect();
    if (!width || !shown(node)) continue;
    if ((left < -1 || right > innerWidth + 1) && !within(node, "X")) found.add(`beyond the edge: ${named(node)}`);
    if (node.matches("h1, h2, h3, .press, label") && node.scrollWidth > node.clientWidth + 1
      && getComputedStyle(node).display !== "inline") found.add(`cut off: ${named(node)}`);
  }
  for (const node of document.querySelectorAll("#app *")) {
    const { scrollHeight, clientHeight } = node;
    if (!clientHeight || !shown(node)) continue;
    if (scrolls(node, "Y") && scrollHeight > clientHeight + 4 && clientHeight < low && node.tagName !== "TEXTAREA")
      found.add(`${clientHeight} pixels to read ${named(node)}`);
    if (getComputedStyle(node).position !== "sticky") continue;
    const box = within(node, "Y");
    if (box && box.clientHeight - node.offsetHeight < low && box.scrollHeight > box.clientHeight + 4
      && !node.contains(box)) found.add(`covered by ${named(node)}`);
  }
  return [...found].slice(0, 12);
}, LOW_PX);
