'use strict';
// @alicloud/openapi-core, the core of newer clients: a generic call.

const { default: Client, $OpenApiUtil } = require('@alicloud/openapi-core');
const { RuntimeOptions } = require('@darabonba/typescript');
const { tell } = require('./faulty');

tell((access) => {
  const client = new Client(new $OpenApiUtil.Config({
    accessKeyId: access.access_key_id,
    accessKeySecret: access.access_key_secret,
    endpoint: access.endpoint,
    protocol: 'http',
  }));
  return (url) => {
    const params = new $OpenApiUtil.Params({
      action: 'RegisterMediaInfo', version: '2020-11-09', protocol: 'HTTP', pathname: '/',
      method: 'POST', authType: 'AK', style: 'RPC', reqBodyType: 'formData', bodyType: 'json',
    });
    const request = new $OpenApiUtil.OpenApiRequest({ query: { InputURL: url } });
    return client.callApi(params, request, new RuntimeOptions({ readTimeout: access.patience }));
  };
}, (error) => ({ status: error.statusCode, retry_after: error.retryAfter }));
