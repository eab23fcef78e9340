/** Arithmetic of the linear layers; all else is float32 in both. */
export type Precision = 'fp32' | 'int8'
