"use strict";
/* Loads a page of `export --format html` as far as its script needs one, plays it, and prints what it shows:
   node page.js PAGE MS... */
var fs = require("fs"), vm = require("vm");

var html = fs.readFileSync(process.argv[2], "utf8");
var between = function (from, to) {
  var rest = html.slice(html.indexOf(from) + from.length);
  return rest.slice(0, rest.indexOf(to));
};

function Element(name) {
  this.name = name; this.children = []; this.style = {}; this.listeners = {}; this.own = "";
}
Object.defineProperty(Element.prototype, "textContent", {
  get: function () { return this.own + this.children.map(function (c) { return c.textContent; }).join(""); },
  set: function (text) { this.own = text; this.children = []; }
});
Object.defineProperty(Element.prototype, "innerHTML", { set: function () { throw new Error("innerHTML"); } });
Element.prototype.appendChild = function (child) {
  this.children = this.children.filter(function (other) { return other !== child; }).concat([child]);
};
Element.prototype.removeChild = function (child) {
  this.children = this.children.filter(function (other) { return other !== child; });
};
Element.prototype.addEventListener = function (event, act) { this.listeners[event] = act; };

var ids = {};
html.replace(/ id="([a-z]+)"/g, function (all, id) { ids[id] = new Element(id); });
ids.recording.own = between("id=\"recording\">", "</script>");
ids.speed.value = "1";
ids.skip.checked = true;
var frames = [];
var page = new Element("page");
page.getElementById = function (id) { if (!ids[id]) { throw new Error("no " + id); } return ids[id]; };
page.createElement = function (name) { return new Element(name); };
var view = { requestAnimationFrame: function (act) { frames.push(act); } };
vm.runInNewContext(between("<script>", "</script>"), { document: page, window: view, JSON: JSON, Math: Math });

var shown = function () {
  var rows = ids.screen.children.filter(function (child) { return child.className === "row"; });
  return rows.map(function (row) { return row.textContent.replace(/ +$/, ""); });
};
var out = { parts: [], seek: ids.seek.max, hidden: ids.controls.hidden };
/* There and back again, so that it is not only played forwards. */
process.argv.slice(3).concat(process.argv.slice(3).reverse()).forEach(function (ms) {
  ids.seek.value = ms;
  ids.seek.listeners.input();
  out.parts.push([Number(ms), shown()]);
});
/* From the start to the end by itself. */
ids.seek.value = "0";
ids.seek.listeners.input();
ids.play.listeners.click();
var now = 0, drawn = 0;
while (frames.length && drawn < 100000) { frames.shift()(now); now += 100; drawn += 1; }
out.end = shown();
out.over = { frames: drawn, label: ids.play.textContent, time: ids.time.textContent };
console.log(JSON.stringify(out));
