export declare function withHeaders<T>(headers: Record<string, string>, fn: () => T): T;
export declare function getContextHeaders(): Record<string, string>;
