// The schema of the hand-written servers, and what of it needs no batching.
import { GraphQLScalarType } from "graphql";
import * as store from "./store.mjs";

export const typeDefs = /* GraphQL */ `
  scalar DateTime
  scalar JSON

  enum TemplateStatus { DRAFT IN_REVIEW CHANGES_REQUESTED APPROVED ARCHIVED }
  enum ApprovalStatus { IN_PROGRESS APPROVED CHANGES_REQUESTED REJECTED WITHDRAWN VOIDED }
  enum StepStatus { PENDING WAITING APPROVED CHANGES_REQUESTED REJECTED SKIPPED }

  type User { id: ID! firstName: String! lastName: String! }
  type Comment { id: ID! body: String! createdAt: DateTime! author: User! }
  type CommentConnection { nodes: [Comment!]! }
  type ApprovalStep {
    id: ID! position: Int! status: StepStatus! decidedAt: DateTime approver: User!
  }
  type ApprovalWorkflow { id: ID! status: ApprovalStatus! steps: [ApprovalStep!]! }
  type Template {
    id: ID! name: String! description: String! category: String tags: [String!]!
    status: TemplateStatus! metadata: JSON! createdAt: DateTime! updatedAt: DateTime! version: Int!
    author: User!
    comments(first: Int! = 20): CommentConnection!
    approval: ApprovalWorkflow
  }
  type PageInfo { hasNextPage: Boolean! endCursor: String }
  type TemplateConnection { nodes: [Template!]! pageInfo: PageInfo! totalCount: Int! }
  type Organization {
    id: ID! slug: String! templates(first: Int! = 20, after: String): TemplateConnection!
  }
  type Query { template(id: ID!): Template organization(slug: String!): Organization }
`;

const toCursor = (row) =>
  Buffer.from(JSON.stringify([row.updatedAt.toISOString(), row.id])).toString("base64url");
const fromCursor = (text) => JSON.parse(Buffer.from(text, "base64url").toString());

async function templates(organization, { first, after }) {
  const found = await store.page(organization.id, first + 1, after && fromCursor(after));
  const nodes = found.slice(0, first);
  const pageInfo = {
    hasNextPage: found.length > first,
    endCursor: nodes.length ? toCursor(nodes.at(-1)) : null,
  };
  return { nodes, pageInfo, organizationId: organization.id };
}

export const resolvers = {
  DateTime: new GraphQLScalarType({ name: "DateTime", serialize: (at) => at.toISOString() }),
  JSON: new GraphQLScalarType({ name: "JSON", serialize: (value) => value }),
  Query: {
    template: (_, { id }) => store.template(id),
    organization: (_, { slug }) => store.organization(slug),
  },
  Organization: { templates },
  TemplateConnection: { totalCount: (connection) => store.count(connection.organizationId) },
};
