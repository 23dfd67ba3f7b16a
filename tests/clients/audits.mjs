// Prints the GraphQL over HTTP audits that the server at the given URL does not pass.
import { serverAudits } from 'graphql-http';

const [url] = process.argv.slice(2);
const results = [];
for (const audit of serverAudits({ url })) {
  const { id, name, status, reason } = await audit.fn();
  results.push({ id, name, status, reason });
}
console.log(
  JSON.stringify({
    total: results.length,
    failed: results.filter(({ status }) => status !== 'ok'),
  }),
);
