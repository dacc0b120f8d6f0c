// The same counter on Socket.IO, as its users write it: `node server.js PORT SHAPE`.
//
// SHAPE "seed" emits the count to all at each connect and disconnect; "coalesced" at
// most once per 250 ms and only when it changed, and to somebody new at once.
"use strict";

const { createServer } = require("node:http");
const { Server } = require("socket.io");

const [port, shape] = process.argv.slice(2);
const INTERVAL_MS = 250;
const BACKLOG = 4096;

const http = createServer();
const io = new Server(http, {
  transports: ["websocket"],
  perMessageDeflate: false,
  serveClient: false,
});

let online = 0;
let told = 0;
let timer = null;

function tellAll() {
  told = online;
  io.emit("count", online);
}

// The last value always goes out: a timer is set whenever something is still to be told.
function tellSoon() {
  if (timer !== null) return;
  timer = setTimeout(() => {
    timer = null;
    if (online !== told) tellAll();
  }, INTERVAL_MS);
}

const changed = shape === "seed" ? tellAll : tellSoon;

io.on("connection", (socket) => {
  online += 1;
  if (shape !== "seed") socket.emit("count", online);
  changed();
  socket.on("disconnect", () => {
    online -= 1;
    changed();
  });
});

// Only the harness connects here; what is emitted to all visitors does not come here.
io.of("/control").on("connection", (socket) => {
  socket.on("broadcast", (content) => io.emit("connection-count", content));
});

http.listen({ port: Number(port), host: "127.0.0.1", backlog: BACKLOG });
