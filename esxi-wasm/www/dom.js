// Small helpers for the document.

export const byId = (id) => document.getElementById(id);

/** An element with text and attributes; text is never read as HTML. */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** Gives a select these choices and the wanted one, where it is among them. */
export function fill(select, choices, wanted) {
  select.replaceChildren(...choices.map(([value, text]) => element("option", { value }, text)));
  if (choices.some(([value]) => value === wanted)) select.value = wanted;
}

export function say(status, text) {
  status.textContent = text;
}
