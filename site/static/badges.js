"use strict";
// Choosing a badge, and copying its lines: all that these pages say stands there without this script.
const chooser = document.getElementById("chooser");
if (chooser) {
  const told = JSON.parse(document.getElementById("choosing").textContent);
  const choose = () => show(told, chooser.elements);
  chooser.addEventListener("change", choose);
  chooser.hidden = false;
  choose();
}
for (const line of document.querySelectorAll(".line")) line.after(copying(line));

function show(told, { scope, metric, language }) {
  const option = scope.selectedOptions[0];
  offer(metric, option.dataset.metrics.split(" "));
  const filled = fill(told, option, metric.value, told.languages[language.value]);
  for (const line of chooser.querySelectorAll(".line")) {
    line.textContent = put(told.lines[line.dataset.line], filled);
  }
  const preview = document.getElementById("preview");
  preview.src = `../${filled.image.slice(told.address.length)}`;
  preview.alt = filled.label;
}

// A merchant or a SKU has fewer metrics than a platform.
function offer(metric, known) {
  for (const option of metric.options) option.disabled = option.hidden = !known.includes(option.value);
  if (metric.selectedOptions[0].disabled) metric.value = known[0];
}

// What stands in the places of a line; `mark` is what the names of a language's files have before their suffix.
function fill(told, option, metric, { mark, labels, titles }) {
  const platform = option.parentElement.label;
  const name = option.dataset.name;
  return {
    label: labels[metric],
    image: `${told.address}badge/${option.value}/${metric}${mark}.svg`,
    page: told.address + option.dataset.page.replace(/\.html$/, `${mark}.html`),
    card: told.address + option.dataset.card.replace(/\.html$/, `${mark}.html`),
    title: quoted(unspaced(titles[option.dataset.kind], { platform, merchant: name, sku: name })),
  };
}

function put(line, filled) {
  return line.replace(/\{(\w+)\}/g, (_, place) => filled[place]);
}

// Between Chinese and Chinese no blank is left beside a place.
function unspaced(line, filled) {
  const chinese = "[\\u2018-\\u201d\\u2e80-\\u9fff\\uf900-\\ufaff\\uff00-\\uffef]";
  const marked = put(line.replace(/(?<=\}) | (?=\{)/g, "\0"), filled);
  return marked.replace(RegExp(`(?<=${chinese})\0(?=${chinese})`, "g"), "").replaceAll("\0", " ");
}

// A name may hold what would end the attribute it stands in.
function quoted(text) {
  const marks = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  return text.replace(/[&<>"]/g, (mark) => marks[mark]);
}

function copying(line) {
  const { copy, copied } = line.closest("[data-copy]").dataset;
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = copy;
  button.addEventListener("click", async () => {
    getSelection().selectAllChildren(line); // where the clipboard is closed to pages, the reader copies
    await navigator.clipboard?.writeText(line.textContent);
    button.textContent = copied;
  });
  return button;
}
