"use strict";
const search = document.querySelector("#search");
const resources = [...document.querySelectorAll("[data-text]")].map((element) => ({
  element,
  text: element.dataset.text.toLowerCase(),
}));
const groups = [...document.querySelectorAll("details.component")];
const found = document.querySelector("#found");
let waiting;

function show() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  for (const { element, text } of resources) {
    element.hidden = !words.every((word) => text.includes(word));
    count += element.hidden ? 0 : 1;
  }
  for (const group of groups) {
    group.hidden = !group.querySelector("[data-text]:not([hidden])");
    if (words.length > 0) group.open = !group.hidden;
  }
  found.textContent = words.length > 0 ? `${count} found` : "";
}

search.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(show, 100);
});
document.querySelector("#toggle").addEventListener("click", () => {
  const open = groups.some((group) => !group.open);
  for (const group of groups) group.open = open;
});
