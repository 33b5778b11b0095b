"use strict";
/* Plays the frames of this page. Text of the recording is only ever put into textContent. */

/* What is on the screen after so many frames. A frame is [ms, [[row, runs], ...], [row, column, visible],
   [lines, columns]?]; a run is [style, text] or, for one character of another width, [style, text, cells]. */
function Reel(frames) {
  this.frames = frames;
  this.copies = [];
  this.clear();
}

Reel.COPY_EVERY = 256;

Reel.prototype.clear = function () {
  this.count = 0;
  this.rows = [];
  this.cursor = [0, 0, 0];
};

Reel.prototype.end = function () {
  return this.frames.length ? this.frames[this.frames.length - 1][0] : 0;
};

/* How many frames there were by then. */
Reel.prototype.until = function (ms) {
  var low = 0, high = this.frames.length;
  while (low < high) {
    var middle = (low + high) >> 1;
    if (this.frames[middle][0] <= ms) { low = middle + 1; } else { high = middle; }
  }
  return low;
};

Reel.prototype.goTo = function (count) {
  if (count < this.count) {
    var copy = this.copies[Math.floor(count / Reel.COPY_EVERY)];
    this.clear();
    if (copy) {
      this.count = copy.count;
      this.rows = copy.rows.slice();
      this.cursor = copy.cursor;
    }
  }
  while (this.count < count) {
    this.add(this.frames[this.count]);
    this.count += 1;
    if (this.count % Reel.COPY_EVERY === 0) {
      this.copies[this.count / Reel.COPY_EVERY] =
        { count: this.count, rows: this.rows.slice(), cursor: this.cursor };
    }
  }
};

Reel.prototype.add = function (frame) {
  var lines = frame[3] ? frame[3][0] : this.rows.length;
  while (this.rows.length < lines) { this.rows.push([]); }
  this.rows.length = lines;
  for (var i = 0; i < frame[1].length; i += 1) { this.rows[frame[1][i][0]] = frame[1][i][1]; }
  this.cursor = frame[2];
};

/* The rows as text. */
Reel.prototype.text = function () {
  return this.rows.map(function (row) {
    return row.map(function (run) { return run[1]; }).join("");
  });
};

/* Where playing goes on so much later, and over which pauses not. */
Reel.prototype.advance = function (ms, by, skip) {
  var next = this.frames[this.until(ms)];
  var to = ms + by;
  if (next && skip > 0 && to < next[0] && to - this.before(ms) > skip) { to = next[0]; }
  return Math.min(to, Math.max(this.end(), ms));
};

/* When the frame that is shown came. */
Reel.prototype.before = function (ms) {
  var count = this.until(ms);
  return count > 0 ? this.frames[count - 1][0] : 0;
};

function clock(ms) {
  var seconds = Math.floor(ms / 1000);
  var two = function (n) { return (n < 10 ? "0" : "") + n; };
  var hours = Math.floor(seconds / 3600);
  return (hours ? hours + ":" : "") + two(Math.floor(seconds / 60) % 60) + ":" + two(seconds % 60);
}

function Player(page) {
  var find = function (id) { return page.getElementById(id); };
  var data = JSON.parse(find("recording").textContent);
  this.page = page;
  this.styles = data.styles;
  this.from = data.from;
  this.reel = new Reel(data.frames);
  this.screen = find("screen");
  this.parts = { play: find("play"), seek: find("seek"), time: find("time"), speed: find("speed"),
    skip: find("skip") };
  this.position = 0;
  this.playing = false;
  this.last = null;
  this.drawn = [];
  this.lines = [];
  this.screen.textContent = "";
  this.cursor = page.createElement("div");
  this.cursor.id = "cursor";
  this.parts.seek.max = String(this.reel.end());
  find("still").hidden = true;
  find("controls").hidden = false;
  this.draw();
}

Player.prototype.draw = function () {
  var i;
  this.reel.goTo(Math.max(this.reel.until(this.position), Math.min(1, this.reel.frames.length)));
  var rows = this.reel.rows;
  while (this.lines.length > rows.length) { this.screen.removeChild(this.lines.pop()); }
  while (this.lines.length < rows.length) {
    var line = this.page.createElement("div");
    line.className = "row";
    this.screen.appendChild(line);
    this.lines.push(line);
  }
  for (i = 0; i < rows.length; i += 1) {
    if (this.drawn[i] !== rows[i]) { this.row(this.lines[i], rows[i]); }
  }
  this.drawn = rows.slice();
  var cursor = this.reel.cursor;
  this.cursor.hidden = !cursor[2];
  this.cursor.style.left = cursor[1] + "ch";
  this.cursor.style.top = (cursor[0] * 1.25) + "em";
  this.screen.appendChild(this.cursor);
  this.parts.seek.value = String(Math.round(this.position));
  this.parts.time.textContent =
    clock(this.from + this.position) + " / " + clock(this.from + this.reel.end());
  this.parts.play.textContent = this.playing ? "Pause" : "Play";
};

Player.prototype.row = function (line, runs) {
  line.textContent = "";
  for (var i = 0; i < runs.length; i += 1) {
    var style = this.styles[runs[i][0]];
    var span = this.page.createElement("span");
    span.textContent = runs[i][1];
    if (runs[i].length > 2) { span.className = runs[i][2] === 2 ? "wide" : "one"; }
    if (style[0]) { span.style.color = style[0]; }
    if (style[1]) { span.style.backgroundColor = style[1]; }
    if (style[2] & 1) { span.style.fontWeight = "bold"; }
    if (style[2] & 2) { span.style.opacity = "0.6"; }
    if (style[2] & 4) { span.style.fontStyle = "italic"; }
    if (style[2] & 8) { span.style.textDecoration = "underline"; }
    line.appendChild(span);
  }
};

Player.prototype.go = function (ms) {
  this.position = Math.max(0, Math.min(ms, this.reel.end()));
  this.draw();
};

Player.prototype.toggle = function (frame) {
  if (!this.playing && this.position >= this.reel.end()) { this.position = 0; }
  this.playing = !this.playing;
  this.last = null;
  this.draw();
  if (this.playing) { frame(); }
};

Player.prototype.tick = function (now) {
  if (!this.playing) { return false; }
  if (this.last !== null) {
    var skip = this.parts.skip.checked ? 2000 : 0;
    var by = (now - this.last) * Number(this.parts.speed.value);
    this.position = this.reel.advance(this.position, by, skip);
  }
  this.last = now;
  if (this.position >= this.reel.end()) { this.playing = false; }
  this.draw();
  return this.playing;
};

function start(page, view) {
  var player = new Player(page);
  var frame = function () {
    view.requestAnimationFrame(function (now) { if (player.tick(now)) { frame(); } });
  };
  var toggle = function () { player.toggle(frame); };
  player.parts.play.addEventListener("click", toggle);
  player.parts.seek.addEventListener("input", function () {
    player.last = null;
    player.go(Number(player.parts.seek.value));
  });
  page.addEventListener("keydown", function (event) {
    var name = event.target && event.target.tagName;
    if (event.ctrlKey || event.altKey || event.metaKey || name === "SELECT") { return; }
    if (event.key === " " && name !== "BUTTON" && name !== "INPUT") { toggle(); }
    else if (event.key === "ArrowLeft" && name !== "INPUT") { player.go(player.position - 5000); }
    else if (event.key === "ArrowRight" && name !== "INPUT") { player.go(player.position + 5000); }
    else { return; }
    event.preventDefault();
  });
  return player;
}

if (typeof document !== "undefined") { start(document, window); }
