'use strict';
// The same as faulty.py, for the JavaScript clients: see there.

const fs = require('fs');

/** Tell of each URL what `see` sees in the error; `connect(access)` returns `async register(url)`. */
async function tell(connect, see) {
  const task = JSON.parse(fs.readFileSync(0, 'utf-8'));
  const register = connect(task.access);
  const told = [];
  for (const url of task.urls) {
    try {
      await register(url);
      told.push(null);
    } catch (error) {
      told.push({ kind: error.name, code: error.code, message: error.message, ...see(error) });
    }
  }
  process.stdout.write(JSON.stringify(told));
}

module.exports = { tell };
