// Calls @adobe/aio-lib-customer-profile as a list on standard input has it.
//
// In:  {url, org, key, token, sandbox, calls: [{name, parameters} | {tag, operation, parameters, body}]}
// Out: for each call {status, body}, or {error} with the message of the SDK
//
// `name` is a method of the SDK's own. Those cannot send a body; its swagger client, `sdk`, can.

const { readFileSync } = require('node:fs')
const spec = require('@adobe/aio-lib-customer-profile/spec/api.json')
const profile = require('@adobe/aio-lib-customer-profile')

const given = JSON.parse(readFileSync(0, 'utf8'))
spec.servers[0].url = `${given.url}/data/core/ups`

function calling (client) {
  const headers = { 'x-gw-ims-org-id': given.org, 'x-sandbox-name': given.sandbox }
  const authorized = { BearerAuth: { value: given.token }, ApiKeyAuth: { value: given.key } }
  return ({ name, tag, operation, parameters, body }) => name
    ? client[name](parameters)
    : client.sdk.apis[tag][operation]({ ...headers, ...parameters }, { requestBody: body, securities: { authorized } })
}

async function main () {
  const client = await profile.init('tenant', given.org, given.key, given.token, given.sandbox)
  const call = calling(client)
  const answers = []
  for (const each of given.calls) {
    answers.push(await call(each).then(
      ({ status, body }) => ({ status, body }),
      ({ message }) => ({ error: message })
    ))
  }
  console.log(JSON.stringify(answers))
}

main().catch(error => {
  console.error(error)
  process.exitCode = 1
})
