// english.mjs: what of a page in Spanish is still English. Words of patients, colleagues and files are theirs,
// whatever language they have: they stand in quotes, in code, in fields, or say translate="no".
const THEIRS = "[translate=no], q, blockquote, code, pre, textarea, input, .mono, .cm-editor, .messages .words, "
  + ".script, .said-text, .one-person, .face, svg, .edit-host";
// Words that no Spanish sentence has.
const WORDS = "the|and|of|with|this|that|from|are|for|not|your|have|was|were|which|when|what|how|every|will|been|"
  + "by|an|it|its|or|to|on|at|nobody|somebody|patients?|messages?|reply|sent|waits?|needs|held|yes|people|days?|"
  + "today|open|find|none|unknown|staff|settings|audit|inbox|reports?|changes?|added|changed|removed";

export const englishIn = (page) => page.evaluate(({ theirs, words }) => {
  const english = new RegExp(`(^|[^\\p{L}\\p{N}_.@/-])(${words})(?=$|[^\\p{L}\\p{N}_.@/-])`, "iu");
  const found = new Set();
  const look = (text, node) => {
    const clean = text.replace(/\s+/g, " ").trim();
    if (english.test(clean) && !node.closest(theirs)) found.add(clean.slice(0, 120));
  };
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const node = walk.currentNode.parentElement;
    if (node && node.closest("#app, dialog") && node.checkVisibility?.() !== false) look(walk.currentNode.data, node);
  }
  for (const node of document.querySelectorAll("#app [aria-label], #app [title], #app [placeholder], #app [alt]"))
    for (const name of ["aria-label", "title", "placeholder", "alt"])
      if (node.hasAttribute(name) && !node.closest(theirs.replace("input, ", "").replace("textarea, ", "")))
        look(node.getAttribute(name), node.parentElement ?? node);
  return [...found];
}, { theirs: THEIRS, words: WORDS });
