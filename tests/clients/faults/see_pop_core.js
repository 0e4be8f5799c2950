'use strict';
// @alicloud/pop-core.

const { RPCClient } = require('@alicloud/pop-core');
const { tell } = require('./faulty');

tell((access) => {
  const client = new RPCClient({
    accessKeyId: access.access_key_id,
    accessKeySecret: access.access_key_secret,
    endpoint: `http://${access.endpoint}`,
    apiVersion: '2020-11-09',
  });
  return (url) => client.request(
    'RegisterMediaInfo', { InputURL: url }, { method: 'POST', timeout: access.patience },
  );
}, (error) => {
  const { response } = error.entry || {};
  return { status: response ? response.statusCode : undefined };
});
