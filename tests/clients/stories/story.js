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

/**
 * Tell the story with the clients that `connect` makes: `connect(access)` returns
 * `async call(action, parameters)`, which returns the answer's document or throws RefusedError.
 */
async function tell(connect) {
  const task = JSON.parse(fs.readFileSync(0, 'utf-8'));
  const clients = {};
  for (const [caller, access] of Object.entries(task.callers)) clients[caller] = connect(access);
  const ids = [];
  const told = [];
  for (const step of task.steps) {
    const sent = {};
    for (const [name, value] of Object.entries(step.parameters)) {
      const alias = /^id(\d)$/.exec(value);
      sent[name] = alias ? ids[alias[1] - 1] : value;
    }
    try {
      const answer = await clients[step.caller](step.action, sent);
      told.push({ answer });
      if (answer.MediaId && !ids.includes(answer.MediaId)) ids.push(answer.MediaId);
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      told.push({ refused: error.shown });
    }
  }
  process.stdout.write(JSON.stringify(told));
}

module.exports = { RefusedError, tell };
