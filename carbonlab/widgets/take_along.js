// Take a view along: as a file of the chosen format, or as the code that shows it again.
// Once on a page: the words that a box cuts are told whole while the mouse is over it, or the keyboard in it.
const tellWhole = (event) => {
  const box = event.target.closest ? event.target.closest(".cl-told-whole > select") : null;
  if (box && box.selectedOptions.length) box.title = box.selectedOptions[0].textContent;
};
const listen = () => {
  if (document.documentElement.dataset.clTellsWhole) return;
  document.documentElement.dataset.clTellsWhole = "yes";
  for (const kind of ["pointerover", "focusin"]) document.addEventListener(kind, tellWhole);
};

function render({ model, el }) {
  listen();
  const words = model.get("words");
  const make = (tag, text) => {
    const node = document.createElement(tag);
    if (text) node.textContent = text;
    return node;
  };
  el.classList.add("cl-take-along");
  const label = make("label", words.format + " ");
  const formats = make("select");
  label.append(formats);
  const fill = () => {
    const kept = formats.value;
    formats.replaceChildren(
      ...model.get("formats").map((name) => {
        const option = make("option", model.get("names")[name] || name);
        option.value = name;
        return option;
      }),
    );
    if (model.get("formats").includes(kept)) formats.value = kept;
  };
  const save = make("button", words.save);
  save.type = "button";
  save.className = "cl-export";
  const copy = make("button", words.copy);
  copy.type = "button";
  copy.className = "cl-copy";
  const said = make("span");
  said.setAttribute("role", "status");
  const code = make("pre");
  code.className = "cl-code";
  code.tabIndex = 0;
  code.hidden = true;
  save.onclick = () => model.send({ export: formats.value });
  copy.onclick = () => model.send({ code: true });

  const download = (name, type, buffer) => {
    const link = make("a");
    link.href = URL.createObjectURL(new Blob([buffer], { type }));
    link.download = name;
    el.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  };
  const select = () => {
    const range = document.createRange();
    range.selectNodeContents(code);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
  };
  const answer = async (content, buffers) => {
    said.textContent = content.said || "";
    if (content.file) download(content.file, content.type, buffers[0]);
    if (content.code !== undefined) {
      code.textContent = content.code;
      code.hidden = false;
      try {
        await navigator.clipboard.writeText(content.code);
        said.textContent = words.copied;
      } catch {
        select(); // without https only a person may copy
        said.textContent = words.selected;
      }
    }
  };
  const stale = () => { // work in progress shows one view after the other: what a reader looks at stays
    copy.hidden = !model.get("has_code");
    if (copy.hidden) code.hidden = true;
    if (!code.hidden) said.textContent = words.changed;
  };
  model.on("msg:custom", answer);
  model.on("change:formats", fill);
  model.on("change:version", stale);
  fill();
  stale();
  el.append(label, save, copy, said, code);
  return () => {
    model.off("msg:custom", answer);
    model.off("change:formats", fill);
    model.off("change:version", stale);
  };
}
export default { render };
