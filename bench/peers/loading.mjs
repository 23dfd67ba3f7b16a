// Relations by dataloader, as Yoga's and Apollo's documentation teach: new loaders a request.
import DataLoader from "dataloader";
import { resolvers as plain } from "./schema.mjs";
import * as store from "./store.mjs";

export function loaders() {
  const comments = new Map();
  return {
    users: new DataLoader(store.users),
    approvals: new DataLoader(store.approvals),
    steps: new DataLoader(store.steps),
    comments(first) {
      const load = (subjects) => store.comments(subjects, first);
      if (!comments.has(first)) comments.set(first, new DataLoader(load));
      return comments.get(first);
    },
  };
}

export const resolvers = {
  ...plain,
  Template: {
    author: (template, _, { users }) => users.load(template.authorId),
    approval: (template, _, { approvals }) =>
      template.approvalId && approvals.load(template.approvalId),
    comments: async (template, { first }, { comments }) => ({
      nodes: await comments(first).load(template.id),
    }),
  },
  Comment: { author: (comment, _, { users }) => users.load(comment.authorId) },
  ApprovalWorkflow: { steps: (approval, _, { steps }) => steps.load(approval.id) },
  ApprovalStep: { approver: (step, _, { users }) => users.load(step.approverId) },
};
