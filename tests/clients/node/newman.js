// Runs requests of Postman collections under newman, one after the other, as a plan on standard input has them.
//
// In:  {url, collections, variables, steps: [{request: "GET /path/:ID", given, keep, advance}]}
// Out: an answer for each step: {status, type, body}
//
// Of a request nothing is changed but scheme, host and port. `given` are variables for one request; `keep` names
// variables and where their values are in the answer; `advance` moves the organisation's clock afterwards, in s.

const { readFileSync } = require('node:fs')
const newman = require('newman')

const plan = JSON.parse(readFileSync(0, 'utf8'))
const origin = new URL(plan.url)
const requests = new Map()

for (const file of plan.collections) {
  const { item, ...collection } = JSON.parse(readFileSync(file, 'utf8'))
  for (const each of item.flatMap(folder => folder.item)) {
    const { method, url } = each.request
    requests.set(`${method} /${url.path.join('/')}`, { ...collection, item: [each] })
    Object.assign(url, { protocol: 'http', host: [origin.hostname], port: origin.port })
  }
}

function run (collection, variables) {
  const values = Object.entries(variables).map(([key, value]) => ({ key, value }))
  return new Promise((resolve, reject) => newman.run({ collection, environment: { values } }, (error, summary) => {
    const fault = error || summary.run.failures[0]?.error
    fault ? reject(fault) : resolve(summary)
  }))
}

function at (body, place) {
  const found = place.split('.').reduce((value, name) => value?.[name], JSON.parse(body))
  if (found === undefined) throw new Error(`nothing at ${place} in ${body}`)
  return String(found).split('/').pop() // of a reference such as @/dataSets/ID the id
}

async function main () {
  const variables = plan.variables
  const answers = []
  for (const { request, given, keep, advance } of plan.steps) {
    const summary = await run(requests.get(request), { ...variables, ...given })
    const { response } = summary.run.executions[0]
    const body = response.text()
    answers.push({ status: response.code, type: response.headers.get('Content-Type') ?? null, body })
    const token = summary.environment.values.get('ACCESS_TOKEN')
    if (token) variables.ACCESS_TOKEN = token
    for (const [name, place] of Object.entries(keep)) variables[name] = at(body, place)
    if (advance) {
      const headers = { 'Content-Type': 'application/json', 'x-gw-ims-org-id': variables.IMS_ORG }
      await fetch(`${plan.url}/_emulator/clock`, { method: 'POST', headers, body: JSON.stringify({ advance }) })
    }
  }
  console.log(JSON.stringify(answers))
}

main().catch(error => {
  console.error(error)
  process.exitCode = 1
})
