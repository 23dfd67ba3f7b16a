// Runs the operations given as JSON with graphql-sse in distinct connections mode, and prints
// their outcomes.
import { createClient } from 'graphql-sse';

const [url, operations, token] = process.argv.slice(2);
const client = createClient({
  url,
  headers: token ? { authorization: `Bearer ${token}` } : {},
  retryAttempts: 0,
});

function run(payload) {
  const results = [];
  return new Promise((resolve) => {
    client.subscribe(payload, {
      next: (result) => results.push(result),
      error: (error) => resolve({ results, error: { status: error.response?.status } }),
      complete: () => resolve({ results }),
    });
  });
}

async function first(payload) {
  for await (const result of client.iterate(payload)) return { results: [result] };
}

const outcomes = JSON.parse(operations).map(({ leave, ...payload }) =>
  leave ? first(payload) : run(payload),
);
console.log(JSON.stringify(await Promise.all(outcomes)));
client.dispose();
