/** Raise it whenever the bytes of a graph change: graph files on disk are found by it. */
export const BUILDER_VERSION = 3
