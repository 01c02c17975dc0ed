// Reads all messages of a packed row once for each line of stdin, and prints the processor seconds that it took.
// node read.mjs mailparser|postal-mime FILE
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

const [name, file] = process.argv.slice(2);
const row = readFileSync(file);
const messages = [];
for (let place = 0; place < row.length; ) {
  const start = place + 8;
  place = start + Number(row.readBigUInt64BE(place));
  messages.push(row.subarray(start, place));
}
let read;
if (name === "mailparser") {
  const { simpleParser } = await import("mailparser");
  read = (message) => simpleParser(message);
} else {
  const { default: PostalMime } = await import("postal-mime");
  read = (message) => PostalMime.parse(message);
}
for await (const _ of createInterface({ input: process.stdin })) {
  const before = process.cpuUsage();
  for (const message of messages) {
    try {
      await read(message);
    } catch {
      // What it refuses costs it less.
    }
  }
  const { user, system } = process.cpuUsage(before);
  console.log((user + system) / 1e6);
}
