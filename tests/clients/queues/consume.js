'use strict';
// The same as consume.py, for the official JavaScript client of the message service: see there.

const fs = require('fs');
const MNS = require('@alicloud/mns');

const task = JSON.parse(fs.readFileSync(0, 'utf-8'));
const told = [];

function connect(key, secret) {
  return new MNS('1234567890123456', {
    endpoint: task.url, accessKeyId: key, accessKeySecret: secret,
  });
}

/** The codes that the service refuses something with. */
async function refused(ask) {
  try {
    await ask();
  } catch (error) {
    return [error.name.replace(/^MNS/, '').replace(/Error$/, '')];
  }
  throw new Error('it was not refused');
}

const encoded = (text) => Buffer.from(text, 'utf8').toString('base64');
const decoded = (text) => Buffer.from(text, 'base64').toString('utf8');
const bodies = (messages) => messages.map((each) => decoded(each.MessageBody));

async function main() {
  const client = connect(task.key, task.secret);
  const created = await client.createQueue(task.other, { VisibilityTimeout: 100 });
  told.push(created.headers.location.split('/').slice(-2));
  told.push(Number((await client.getQueueAttributes(task.other)).body.VisibilityTimeout));
  await client.setQueueAttributes(task.other, { VisibilityTimeout: 50 });
  told.push(Number((await client.getQueueAttributes(task.other)).body.VisibilityTimeout));
  const listed = await client.listQueue('', 1000, 'o');
  told.push([listed.body[0].QueueURL.split('/').pop(), '']);

  const sent = await client.sendMessage(task.other, { MessageBody: encoded('片 <&>') });
  told.push(sent.body.MessageBodyMD5);
  const first = (await client.receiveMessage(task.other)).body;
  told.push([decoded(first.MessageBody), Number(first.DequeueCount), Number(first.Priority)]);
  await client.deleteMessage(task.other, first.ReceiptHandle);
  await client.deleteQueue(task.other);
  told.push(await refused(() => client.receiveMessage(task.other)));

  told.push(await refused(() => client.receiveMessage(task.queue)));
  process.stdout.write('ready\n');
  const message = (await client.receiveMessage(task.queue, 30)).body;
  told.push([message.MessageBody, Number(message.DequeueCount)]);
  const handle = message.ReceiptHandle;
  const changed = (await client.changeMessageVisibility(task.queue, handle, 100)).body;
  told.push(await refused(() => client.deleteMessage(task.queue, handle)));
  await client.deleteMessage(task.queue, changed.ReceiptHandle);
  told.push(await refused(() => client.deleteMessage(task.queue, 'nonsense')));

  const several = [0, 1, 2, 3, 4].map((number) => ({ MessageBody: encoded(`${number}`) }));
  told.push((await client.batchSendMessage(task.queue, several)).body.length);
  told.push(decoded((await client.peekMessage(task.queue)).body.MessageBody));
  told.push(bodies((await client.batchPeekMessage(task.queue, 16)).body));
  const batch = (await client.batchReceiveMessage(task.queue, 16, 10)).body;
  told.push(bodies(batch));
  const handles = batch.map((each) => each.ReceiptHandle);
  await client.batchDeleteMessage(task.queue, handles.slice(1));
  const partly = await client.batchDeleteMessage(task.queue, [handles[1], handles[0]]);
  told.push(partly.body[0].ErrorCode);
  told.push(await refused(() => client.batchReceiveMessage(task.queue, 16)));

  for (const key of [task.key, 'LTAIunknown']) {
    told.push(await refused(() => connect(key, 'wrong').receiveMessage(task.queue)));
  }
  process.stdout.write(JSON.stringify(told));
}

main();
