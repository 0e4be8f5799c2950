'use strict';
// @alicloud/openapi-client, a generic call.

const { default: Client, Config, OpenApiRequest, Params } = require('@alicloud/openapi-client');
const { RuntimeOptions } = require('@alicloud/tea-util');
const { tell } = require('./faulty');

tell((access) => {
  const client = new Client(new Config({
    accessKeyId: access.access_key_id,
    accessKeySecret: access.access_key_secret,
    endpoint: access.endpoint,
    protocol: 'http',
  }));
  return (url) => {
    const params = new Params({
      action: 'RegisterMediaInfo', version: '2020-11-09', protocol: 'HTTP', pathname: '/',
      method: 'POST', authType: 'AK', style: 'RPC', reqBodyType: 'formData', bodyType: 'json',
    });
    const request = new OpenApiRequest({ query: { InputURL: url } });
    return client.callApi(params, request, new RuntimeOptions({ readTimeout: access.patience }));
  };
}, (error) => ({ status: error.statusCode || (error.data || {}).statusCode }));
