// A signed tree: branches come from the kernel when they are opened, because a loop has no end.
function render({ model, el }) {
  const words = model.get("words");
  const make = (tag, attributes = {}, text = "") => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    if (text) node.textContent = text;
    return node;
  };
  el.classList.add("cl-branches");
  const caption = make("p", { class: "cl-branches-caption" });
  const head = make("div", { class: "cl-branches-head", "aria-hidden": "true" });
  for (const word of ["part", "amount", "footprint", "share"]) head.append(make("span", {}, words[word]));
  const tree = make("ul", { role: "tree", class: "cl-branches-tree" });
  el.append(caption, head, tree);
  const items = new Map();

  const lineOf = (row) => {
    const item = make("li", {
      role: "treeitem", tabindex: "-1", "aria-level": String(row.level + 1),
      "aria-label": row.said,
    });
    const line = make("div", { class: "cl-branches-line cl-" + row.kind });
    const name = make("span", { class: "cl-branches-name" });
    name.style.paddingLeft = row.level * 1.1 + "rem";
    const mark = make("span", { class: "cl-branches-mark", "aria-hidden": "true" }, row.opens ? "▸" : "");
    name.append(mark, make("span", { title: row.name }, row.name));
    const number = make("span", { class: "cl-branches-number" }, row.footprint);
    const bar = make("span", { class: "cl-branches-bar", "aria-hidden": "true" });
    const fill = make("span", { class: row.positive ? "cl-emitted" : "cl-taken" });
    fill.style.left = row.bar[0] + "%";
    fill.style.width = row.bar[1] + "%";
    const zero = make("span", { class: "cl-zero" });
    zero.style.left = row.zero + "%";
    bar.append(fill, zero);
    const value = make("span", { class: "cl-branches-value" });
    value.append(number, bar);
    line.append(name, make("span", { class: "cl-branches-number" }, row.amount), value,
      make("span", { class: "cl-branches-number" }, row.share));
    item.append(line);
    if (row.opens) item.setAttribute("aria-expanded", "false");
    items.set(row.path, { item, mark, row, asked: false });
    line.onclick = () => { focus(row.path); toggle(row.path); };
    return item;
  };
  const visible = () => [...tree.querySelectorAll('[role="treeitem"]')].filter((item) => !item.closest('ul[hidden]'));
  const pathOf = (item) => [...items].find(([, entry]) => entry.item === item)?.[0];
  const focus = (path) => {
    for (const entry of items.values()) entry.item.tabIndex = -1;
    const { item } = items.get(path);
    item.tabIndex = 0;
    item.focus({ preventScroll: false });
  };
  const toggle = (path, wanted) => {
    const entry = items.get(path);
    if (!entry || !entry.row.opens) return;
    const open = wanted === undefined ? entry.item.getAttribute("aria-expanded") !== "true" : wanted;
    entry.item.setAttribute("aria-expanded", String(open));
    entry.mark.textContent = open ? "▾" : "▸";
    const group = entry.item.querySelector(":scope > ul");
    if (group) group.hidden = !open;
    else if (open && !entry.asked) { entry.asked = true; model.send({ open: path }); }
  };
  const answer = (content) => {
    if (content.version !== model.get("version")) return; // of a tree that is gone
    const entry = items.get(content.path);
    if (!entry || entry.item.querySelector(":scope > ul")) return;
    const group = make("ul", { role: "group" });
    group.append(...content.rows.map(lineOf));
    entry.item.append(group);
  };
  const restart = () => {
    items.clear();
    caption.textContent = model.get("caption");
    tree.setAttribute("aria-label", model.get("caption"));
    const root = model.get("root");
    if (!root.path) { tree.replaceChildren(); return; }
    tree.replaceChildren(lineOf(root));
    items.get(root.path).item.tabIndex = 0;
    toggle(root.path, true);
  };
  tree.onkeydown = (event) => {
    const item = event.target.closest('[role="treeitem"]');
    const path = item && pathOf(item);
    if (!path) return;
    const shown = visible();
    const at = shown.indexOf(item);
    const go = (to) => { if (shown[to]) focus(pathOf(shown[to])); };
    const isOpen = item.getAttribute("aria-expanded") === "true";
    const keys = {
      ArrowDown: () => go(at + 1), ArrowUp: () => go(at - 1), Home: () => go(0), End: () => go(shown.length - 1),
      ArrowRight: () => (isOpen ? go(at + 1) : toggle(path, true)),
      ArrowLeft: () => {
        if (isOpen) return toggle(path, false);
        const parent = item.parentElement.closest('[role="treeitem"]');
        if (parent) focus(pathOf(parent));
      },
      Enter: () => toggle(path), " ": () => toggle(path),
    };
    if (!keys[event.key]) return;
    event.preventDefault();
    event.stopPropagation();
    keys[event.key]();
  };
  model.on("msg:custom", answer);
  model.on("change:version", restart);
  restart();
  return () => {
    model.off("msg:custom", answer);
    model.off("change:version", restart);
  };
}
export default { render };
