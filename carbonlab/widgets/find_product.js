// Search box and grid: the kernel finds, orders and cuts; the browser asks for the rows in sight and draws them.
const ROW = 28;
const SPARE = 10;

function render({ model, el }) {
  const words = model.get("words");
  const fields = model.get("fields");
  const make = (tag, attributes = {}, text = "") => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    if (text) node.textContent = text;
    return node;
  };
  const id = "cl-find-" + Math.random().toString(36).slice(2);
  el.classList.add("cl-find");
  el.style.setProperty("--cl-columns", fields.map((f) => (f.wide ? "3fr" : "1fr")).join(" "));

  const bar = make("div", { class: "cl-find-bar" });
  const label = make("label", {}, words.search + " ");
  const input = make("input", { type: "search", placeholder: words.hint, autocomplete: "off", spellcheck: "false" });
  input.value = model.get("text");
  label.append(input);
  const status = make("span", { role: "status" });
  bar.append(label, status);

  const grid = make("div", {
    role: "grid", tabindex: "0", class: "cl-find-grid", "aria-label": words.grid,
    "aria-colcount": String(fields.length),
  });
  const head = make("div", { role: "row", class: "cl-find-row cl-find-head", "aria-rowindex": "1" });
  const heads = fields.map((field) => {
    const cell = make("div", { role: "columnheader", "aria-sort": "none" });
    const button = make("button", { type: "button", tabindex: "-1", title: words.sort }, field.label);
    button.onclick = () => sortBy(field.key);
    cell.append(button);
    head.append(cell);
    return cell;
  });
  const sheet = make("div", { role: "rowgroup", class: "cl-find-sheet" });
  grid.append(head, sheet);
  const chosen = make("p", { class: "cl-find-chosen", role: "status" });
  el.append(bar, grid, chosen);

  let answered = null, isNear = false, wanted = false; // the text that the rows are for; Enter that waits for its rows
  let asked = 0, start = 0, rows = [], lines = [], total = 0, active = 0, sort = "", descending = false, timer = 0;

  const room = () => grid.clientHeight - ROW; // the head stays in sight

  const sent = new Set();
  let last = input.value;
  const ask = (from) => {
    asked += 1;
    if (input.value !== last) sent.add(input.value);
    last = input.value;
    const count = Math.ceil(room() / ROW) + 2 * SPARE;
    model.send({ ask: asked, text: input.value, sort, descending, start: Math.max(0, from - SPARE), count });
  };
  const fresh = () => { active = 0; grid.scrollTop = 0; ask(0); };
  const sortBy = (key) => {
    if (sort !== key) { sort = key; descending = false; }
    else if (!descending) descending = true;
    else { sort = ""; descending = false; }
    heads.forEach((cell, i) => {
      const on = fields[i].key === sort;
      cell.setAttribute("aria-sort", on ? (descending ? "descending" : "ascending") : "none");
    });
    fresh();
  };
  const draw = () => {
    sheet.style.height = total * ROW + "px";
    const value = model.get("line");
    sheet.replaceChildren(...rows.map((texts, i) => {
      const at = start + i;
      const row = make("div", {
        role: "row", class: "cl-find-row", id: id + "-" + at, "aria-rowindex": String(at + 2),
        "aria-selected": String(lines[i] === value),
      });
      row.style.top = at * ROW + "px";
      if (at === active) row.classList.add("cl-active");
      texts.forEach((text) => row.append(make("div", { role: "gridcell", title: text }, text)));
      row.onclick = () => { active = at; choose(); };
      return row;
    }));
    grid.setAttribute("aria-rowcount", String(total + 1));
    if (active >= start && active < start + rows.length) grid.setAttribute("aria-activedescendant", id + "-" + active);
    else grid.removeAttribute("aria-activedescendant");
  };
  const choose = () => {
    if (active < start || active >= start + rows.length) return;
    model.set("line", lines[active - start]);
    model.save_changes();
    draw();
  };
  const entered = () => { // Enter in the box takes the first of what was found for the words in it, and nothing else
    const text = input.value;
    if (!text.trim()) { wanted = false; status.textContent = words.enter_empty; return; }
    wanted = answered !== text;
    if (wanted || !total) return;
    if (isNear) { status.textContent = words.enter_near; return; }
    choose();
  };
  const move = (to) => {
    if (!total) return;
    active = Math.min(total - 1, Math.max(0, to));
    const top = active * ROW;
    if (top < grid.scrollTop) grid.scrollTop = top;
    if (top + ROW > grid.scrollTop + room()) grid.scrollTop = top + ROW - room();
    if (active < start || active >= start + rows.length) ask(active);
    draw();
  };
  const page = () => Math.max(1, Math.floor(room() / ROW) - 1);
  const keys = {
    ArrowDown: () => move(active + 1), ArrowUp: () => move(active - 1),
    PageDown: () => move(active + page()), PageUp: () => move(active - page()),
    Home: () => move(0), End: () => move(total - 1), Enter: choose, " ": choose,
  };
  grid.onkeydown = (event) => {
    if (event.target !== grid || !keys[event.key]) return;
    event.preventDefault();
    event.stopPropagation();
    keys[event.key]();
  };
  input.onkeydown = (event) => {
    event.stopPropagation();
    if (event.key === "ArrowDown") { event.preventDefault(); grid.focus(); }
    if (event.key === "Enter") entered();
  };
  input.oninput = () => { wanted = false; clearTimeout(timer); timer = setTimeout(fresh, 60); };
  grid.onscroll = () => {
    const first = Math.floor(grid.scrollTop / ROW);
    const last = first + Math.ceil(room() / ROW);
    if (first < start || last > start + rows.length) { if (rows.length < total) ask(first); }
  };
  const answer = (content) => {
    if (content.ask !== asked) return; // a later question is on its way
    ({ start, rows, lines, total } = content);
    answered = content.text;
    isNear = content.near;
    status.textContent = content.said;
    draw();
    if (wanted) entered();
  };
  const renamed = () => { chosen.textContent = model.get("said"); draw(); };
  const typed = () => {
    const text = model.get("text");
    if (sent.delete(text) || text === input.value) return; // what was typed comes back, perhaps after more was typed
    input.value = text;
    fresh();
  };
  model.on("msg:custom", answer);
  model.on("change:said", renamed);
  model.on("change:text", typed);
  renamed();
  requestAnimationFrame(() => ask(0));
  return () => {
    clearTimeout(timer);
    model.off("msg:custom", answer);
    model.off("change:said", renamed);
    model.off("change:text", typed);
  };
}
export default { render };
