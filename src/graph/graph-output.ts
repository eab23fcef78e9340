/**
 * What a graph computes; each set of outputs is a graph of its own, so that nothing is computed that nobody asked for.
 * `channel_maxima` is for calibrating int8.
 */
export const GRAPH_OUTPUTS = [
  'sentence_embedding',
  'token_embeddings',
  'late_embeddings',
  'last_hidden_state',
  'max_logits',
  'logits',
  'colbert_embeddings',
  'channel_maxima',
] as const
export type GraphOutput = (typeof GRAPH_OUTPUTS)[number]
