const HISTORY_KEYS = ["queries", "favorites"];

/** The browser's storage for GraphiQL, except that request headers, which hold tokens, never enter it. */
export const storage = {
  getItem: (key) => localStorage.getItem(key),
  setItem: (key, value) => localStorage.setItem(key, withoutHeaders(key, value)),
  removeItem: (key) => localStorage.removeItem(key),
  clear: () => ownKeys().forEach((key) => localStorage.removeItem(key)),
  get length() {
    return ownKeys().length;
  },
};

function ownKeys() {
  return Object.keys(localStorage).filter((key) => key.startsWith("graphiql:"));
}

function withoutHeaders(key, value) {
  const list = key.replace("graphiql:", "");
  if (!HISTORY_KEYS.includes(list)) return value;
  const entries = JSON.parse(value)[list].map(({ headers: _, ...entry }) => entry);
  return JSON.stringify({ [list]: entries });
}
