'use strict';
// @alicloud/openapi-core, the core of newer clients: a generic call with the V3 signature.

const { default: Client, $OpenApiUtil } = require('@alicloud/openapi-core');
const { RuntimeOptions } = require('@darabonba/typescript');
const { RefusedError, tell, texts } = require('./story');

tell((access) => {
  const client = new Client(new $OpenApiUtil.Config({
    accessKeyId: access.access_key_id,
    accessKeySecret: access.access_key_secret,
    securityToken: access.security_token || undefined,
    endpoint: access.endpoint,
    protocol: 'http',
  }));

  return async (action, parameters) => {
    const query = texts(parameters);
    const params = new $OpenApiUtil.Params({
      action, version: '2020-11-09', protocol: 'HTTP', pathname: '/', method: 'POST',
      authType: 'AK', style: 'RPC', reqBodyType: 'formData', bodyType: 'json',
    });
    const request = new $OpenApiUtil.OpenApiRequest({ query });
    try {
      return (await client.callApi(params, request, new RuntimeOptions({}))).body;
    } catch (error) {
      if (!error.code || !error.statusCode) throw error;
      throw new RefusedError(error.statusCode, error.code, error.message);
    }
  };
});
