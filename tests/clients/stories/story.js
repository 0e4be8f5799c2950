'use strict';
// The same as story.py, for the JavaScript clients: see there.

const fs = require('fs');

/** An error answer, as the client shows it. */
class RefusedError extends Error {
  constructor(status, code, message) {
    super(message);
    this.shown = { status, code, message };
  }
}

/** The client has no such operation. */
class UnknownActionError extends Error {}

const PLACE = /<(\w+)>/g;

function filled(value, kept) {
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, filled(each, kept)]));
  }
  if (typeof value !== 'string') return value;
  const whole = /^<(\w+)>$/.exec(value);
  if (whole && whole[1] in kept) return kept[whole[1]];
  return value.replace(PLACE, (place, name) => (name in kept ? String(kept[name]) : place));
}

const foundAt = (path, answer) => path.split('.').reduce((value, part) => value[part], answer);

/** Parameters with objects as JSON texts: what a client without models leaves to its caller. */
function texts(parameters) {
  const text = (value) => (typeof value === 'object' ? JSON.stringify(value) : value);
  return Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, text(value)]));
}

/**
 * Tell the story with the clients that `connect` makes: `connect(access)` returns
 * `async call(action, parameters)`, which returns the answer's document or throws RefusedError,
 * or UnknownActionError.
 */
async function tell(connect) {
  const task = JSON.parse(fs.readFileSync(0, 'utf-8'));
  const clients = {};
  for (const [caller, access] of Object.entries(task.callers)) clients[caller] = connect(access);
  const kept = {};
  const told = [];
  for (const step of task.steps) {
    const sent = {};
    for (const [name, value] of Object.entries(step.parameters)) sent[name] = filled(value, kept);
    try {
      const answer = await clients[step.caller](step.action, sent);
      told.push({ answer });
      for (const [name, path] of Object.entries(step.keeps)) kept[name] = foundAt(path, answer);
    } catch (error) {
      if (error instanceof RefusedError) told.push({ refused: error.shown });
      else if (error instanceof UnknownActionError) told.push({ unknown: step.action });
      else throw error;
    }
  }
  process.stdout.write(JSON.stringify(told));
}

module.exports = { RefusedError, UnknownActionError, tell, texts };
