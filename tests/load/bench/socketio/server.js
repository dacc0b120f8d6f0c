// The same counter on Socket.IO, written as its documentation does: `node server.js PORT SHAPE`.
//
// SHAPE "seed" emits the count to all at each connect and disconnect. SHAPE "coalesced" emits a
// changed count at most once per 250 ms, and the current count to each new connection.
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
let sent = 0;
let timer = null;

function emitToAll() {
  sent = online;
  io.emit("count", online);
}

// The last value always goes out, because every change sets the timer.
function emitSoon() {
  if (timer !== null) return;
  timer = setTimeout(() => {
    timer = null;
    if (online !== sent) emitToAll();
  }, INTERVAL_MS);
}

const changed = shape === "seed" ? emitToAll : emitSoon;

io.on("connection", (socket) => {
  online += 1;
  if (shape !== "seed") socket.emit("count", online);
  changed();
  socket.on("disconnect", () => {
    online -= 1;
    changed();
  });
});

// Only the harness connects to this namespace. Broadcasts to visitors do not reach it.
io.of("/control").on("connection", (socket) => {
  socket.on("broadcast", (content) => io.emit("connection-count", content));
});

http.listen({ port: Number(port), host: "127.0.0.1", backlog: BACKLOG });
