'use strict';
// @alicloud/ice20201109, the generated client.

const { default: Client, ...models } = require('@alicloud/ice20201109');
const { $OpenApiUtil } = require('@alicloud/openapi-core');
const { RefusedError, UnknownActionError, tell } = require('./story');

const lowerFirst = (name) => name[0].toLowerCase() + name.slice(1);

// A model with the values of a document.
const made = (Model, values) => new Model(Object.fromEntries(
  Object.entries(Model.names()).filter(([, name]) => name in values).map(([field, name]) => {
    const Inner = Model.types()[field];
    return [field, typeof Inner === 'function' ? made(Inner, values[name]) : values[name]];
  }),
));

tell((access) => {
  const client = new Client(new $OpenApiUtil.Config({
    accessKeyId: access.access_key_id,
    accessKeySecret: access.access_key_secret,
    securityToken: access.security_token || undefined,
    regionId: 'cn-shanghai',
    endpoint: access.endpoint,
    protocol: 'http',
  }));

  return async (action, parameters) => {
    const Request = models[`${action}Request`];
    if (!Request) throw new UnknownActionError(action);
    const fields = Object.entries(Request.names());
    const values = fields.map(([field, name]) => {
      const nested = typeof Request.types()[field] === 'function' && parameters[name];
      const value = nested ? made(Request.types()[field], JSON.parse(nested)) : parameters[name];
      return [field, value];
    });
    try {
      const answer = await client[lowerFirst(action)](new Request(Object.fromEntries(values)));
      return answer.body.toMap();
    } catch (error) {
      if (!error.code || !error.statusCode) throw error;
      throw new RefusedError(error.statusCode, error.code, error.message);
    }
  };
});
