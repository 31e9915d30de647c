import "./main.css";

const base = import.meta.env.BASE_URL;
const pages = {
  "": () => import("./home.js"),
  herons: () => import("./herons.js"),
  songs: () => import("./songs.js"),
};
document.querySelector("nav").innerHTML = Object.keys(pages)
  .map((name) => `<a href="${base}${name}">${name || "home"}</a> `)
  .join("");
const page = await pages[location.pathname.slice(base.length)]?.();
document.querySelector("main").textContent = page?.text ?? "nothing here";
