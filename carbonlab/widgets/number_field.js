// A number beside a slider: both have the same value, and an empty number means that none is given.
function render({ model, el }) {
  el.classList.add("cl-number-field");
  const id = `cl-${Math.random().toString(36).slice(2)}`;
  const label = document.createElement("label");
  label.textContent = model.get("label");
  label.htmlFor = id;
  const slider = document.createElement("input");
  slider.type = "range";
  slider.setAttribute("aria-label", model.get("label"));
  const number = document.createElement("input");
  number.type = "number";
  number.id = id;
  number.placeholder = model.get("placeholder");
  for (const input of [slider, number]) {
    input.min = model.get("low");
    input.max = model.get("high");
    input.step = model.get("step");
  }
  number.removeAttribute("max"); // typed numbers may lie beyond the slider
  number.step = "any";
  const show = () => {
    const text = model.get("value");
    if (number.value !== text) number.value = text;
    slider.value = text === "" ? model.get("low") : text;
    slider.classList.toggle("cl-empty", text === "");
  };
  let waiting = 0;
  const send = (text) => {
    clearTimeout(waiting);
    model.set("value", text);
    model.save_changes();
  };
  slider.oninput = () => {
    number.value = slider.value;
    clearTimeout(waiting);
    waiting = setTimeout(() => send(slider.value), 60); // while it slides, not at every step
  };
  slider.onchange = () => send(slider.value);
  number.onchange = () => {
    slider.value = number.value;
    send(number.value); // at once: the next thing may be a click on the button that reads it
  };
  model.on("change:value", show);
  show();
  el.append(label, slider, number);
  return () => model.off("change:value", show);
}
export default { render };
