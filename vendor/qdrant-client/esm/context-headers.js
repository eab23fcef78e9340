let _current = {};
export function withHeaders(headers, fn) {
    const previous = _current;
    _current = { ...previous, ...headers };
    try {
        return fn();
    }
    finally {
        _current = previous;
    }
}
export function getContextHeaders() {
    return _current;
}
