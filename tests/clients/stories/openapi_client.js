'use strict';
// @alicloud/openapi-client: `openapi_client.js callApi|doRPCRequest`, V3 and RPC signature.

const { default: Client, Config, OpenApiRequest, Params } = require('@alicloud/openapi-client');
const { RuntimeOptions } = require('@alicloud/tea-util');
const { RefusedError, tell, texts } = require('./story');

const HOW = process.argv[2];

tell((access) => {
  const client = new Client(new Config({
    accessKeyId: access.access_key_id,
    accessKeySecret: access.access_key_secret,
    securityToken: access.security_token || undefined,
    endpoint: access.endpoint,
    protocol: 'http',
  }));

  function callApi(action, parameters) {
    const query = texts(parameters);
    const params = new Params({
      action, version: '2020-11-09', protocol: 'HTTP', pathname: '/', method: 'POST',
      authType: 'AK', style: 'RPC', reqBodyType: 'formData', bodyType: 'json',
    });
    return client.callApi(params, new OpenApiRequest({ query }), new RuntimeOptions({}));
  }

  function doRPCRequest(action, body) {
    const request = new OpenApiRequest({ body });
    const runtime = new RuntimeOptions({});
    return client.doRPCRequest(action, '2020-11-09', 'HTTP', 'POST', 'AK', 'json', request, runtime);
  }

  const send = { callApi, doRPCRequest }[HOW];
  return async (action, parameters) => {
    try {
      return (await send(action, parameters)).body;
    } catch (error) {
      if (!error.code || !error.data) throw error;
      throw new RefusedError(error.data.statusCode, error.code, error.message);
    }
  };
});
