'use strict';
// @alicloud/pop-core: `pop_core.js GET|POST`.

const { RPCClient } = require('@alicloud/pop-core');
const { RefusedError, tell, texts } = require('./story');

const METHOD = process.argv[2];

tell((access) => {
  const client = new RPCClient({
    accessKeyId: access.access_key_id,
    accessKeySecret: access.access_key_secret,
    securityToken: access.security_token || undefined,
    endpoint: `http://${access.endpoint}`,
    apiVersion: '2020-11-09',
  });

  return async (action, parameters) => {
    try {
      return await client.request(action, texts(parameters), { method: METHOD });
    } catch (error) {
      if (!error.code || !error.entry) throw error;
      throw new RefusedError(error.entry.response.statusCode, error.code, error.message);
    }
  };
});
