// What the live servers have in common: the subscription, and what its subscribers are told.
export const typeDefs = /* GraphQL */ `
  type PersonName { first: String! last: String! }
  type User { id: ID! name: PersonName! }
  type Template {
    id: ID! name: String! status: String! version: Int! updatedAt: String! author: User!
  }
  type TemplateChange {
    eventId: ID! kind: String! occurredAt: String! actor: User! template: Template!
  }
  type Query { ready: Boolean! }
  type Subscription { templateChanged(template: ID!): TemplateChange! }
`;

/** The request's body, which is what happened. */
export async function told(request) {
  let text = "";
  for await (const part of request) text += part;
  return JSON.parse(text);
}
