// Made by `npm run openapi` from the server's schemas. Do not edit.

export interface paths {
    "/v1/colorize": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Colours one photo
         * @description The photo is the body, or the field `image` of a form, whose other fields are options as well. The answer keeps size, orientation, alpha, bit depth and EXIF.
         */
        post: operations["colorize"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The networks that photos can be coloured with */
        get: operations["listModels"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the process lives */
        get: operations["isAlive"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether photos are taken */
        get: operations["isReady"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What was done, for Prometheus */
        get: operations["metrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** This document */
        get: operations["describe"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Options: {
            /** @description Short side in pixels that the network sees; absent: its own */
            size?: number;
            /** @description Strength of the colours: 0 gray, 1 (default) as predicted, up to 10 */
            saturation?: number;
            /**
             * @description restore (default): sepia, yellowed and faded photos are made neutral and given back the range that they lost; keep: every photo keeps its own lightness
             * @enum {string}
             */
            tones?: "restore" | "keep";
            /**
             * @description Format of the answer; absent: the photo's own, png for gif
             * @enum {string}
             */
            format?: "jpeg" | "png" | "webp" | "avif" | "tiff";
            /** @description Quality of jpeg, webp and avif */
            quality?: number;
            /** @description Whether the metadata say that AI coloured the photo; default true */
            mark?: boolean;
            /** @description Colours wanted at places of the photo: the JSON that `colorize --hints` reads */
            hints?: string;
            /** @description Name of one of the networks in /v1/models; absent: the first */
            model?: string;
            /** @description The photo's file name, after which the answer's is made; absent: the form's, or photo */
            name?: string;
        };
        Models: {
            models: {
                /** @description What the option `model` takes */
                name: string;
                version: string;
                /** @description Whether it is used where none is named */
                default: boolean;
                /** @description What it predicts; null for a network that is not Autochrome's */
                space: ("lab" | "rgb") | null;
                /** @description Short side in pixels that it sees unless `size` says otherwise */
                size: number | null;
                bytes: number;
                sha256: string;
                /** @description What its maker says about it */
                card: {
                    [key: string]: unknown;
                };
            }[];
        };
        Problem: {
            /** @description Where the problem is explained */
            type: string;
            title: string;
            status: number;
            /** @description What is wrong with this request, and what to do about it */
            detail: string;
            /** @enum {string} */
            code: "bad-request" | "bad-option" | "bad-multipart" | "foreign-origin" | "not-found" | "method-not-allowed" | "slow-upload" | "too-many-bytes" | "unsupported-type" | "expectation-failed" | "foreign-host" | "empty-photo" | "not-a-photo" | "damaged-photo" | "too-many-pixels" | "too-much-memory" | "cannot-encode" | "header-too-large" | "failed" | "worker-crashed" | "queue-full" | "memory-full" | "waited-too-long" | "not-ready" | "draining" | "took-too-long";
            /** @description The limit that was hit */
            limit?: {
                /** @enum {string} */
                name: "maxBytes" | "maxPixels" | "maxRequests" | "maxHeldBytes" | "uploadMs" | "queueMs" | "workMs" | "minRate" | "answerMs" | "headerMs" | "keepAliveMs" | "maxConnections" | "workerBytes" | "drainMs";
                value: number;
                /** @enum {string} */
                unit: "bytes" | "pixels" | "milliseconds" | "count" | "bytes a second";
            };
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    colorize: {
        parameters: {
            query?: {
                /** @description Short side in pixels that the network sees; absent: its own */
                size?: number;
                /** @description Strength of the colours: 0 gray, 1 (default) as predicted, up to 10 */
                saturation?: number;
                /** @description restore (default): sepia, yellowed and faded photos are made neutral and given back the range that they lost; keep: every photo keeps its own lightness */
                tones?: "restore" | "keep";
                /** @description Format of the answer; absent: the photo's own, png for gif */
                format?: "jpeg" | "png" | "webp" | "avif" | "tiff";
                /** @description Quality of jpeg, webp and avif */
                quality?: number;
                /** @description Whether the metadata say that AI coloured the photo; default true */
                mark?: boolean;
                /** @description Colours wanted at places of the photo: the JSON that `colorize --hints` reads */
                hints?: string;
                /** @description Name of one of the networks in /v1/models; absent: the first */
                model?: string;
                /** @description The photo's file name, after which the answer's is made; absent: the form's, or photo */
                name?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "image/*": Blob;
                "application/octet-stream": Blob;
                "multipart/form-data": {
                    /**
                     * Format: binary
                     * @description The photo
                     */
                    image: Blob;
                    /** @description Short side in pixels that the network sees; absent: its own */
                    size?: number;
                    /** @description Strength of the colours: 0 gray, 1 (default) as predicted, up to 10 */
                    saturation?: number;
                    /**
                     * @description restore (default): sepia, yellowed and faded photos are made neutral and given back the range that they lost; keep: every photo keeps its own lightness
                     * @enum {string}
                     */
                    tones?: "restore" | "keep";
                    /**
                     * @description Format of the answer; absent: the photo's own, png for gif
                     * @enum {string}
                     */
                    format?: "jpeg" | "png" | "webp" | "avif" | "tiff";
                    /** @description Quality of jpeg, webp and avif */
                    quality?: number;
                    /** @description Whether the metadata say that AI coloured the photo; default true */
                    mark?: boolean;
                    /** @description Colours wanted at places of the photo: the JSON that `colorize --hints` reads */
                    hints?: string;
                    /** @description Name of one of the networks in /v1/models; absent: the first */
                    model?: string;
                    /** @description The photo's file name, after which the answer's is made; absent: the form's, or photo */
                    name?: string;
                };
            };
        };
        responses: {
            /** @description The photo in colour, in its own format unless another was asked for */
            200: {
                headers: {
                    /** @description `<name>.color.<ext>` */
                    "Content-Disposition"?: string;
                    /** @description Name and version of the network */
                    "Autochrome-Model"?: string;
                    /** @description Pixels across */
                    "Autochrome-Width"?: number;
                    /** @description Pixels down */
                    "Autochrome-Height"?: number;
                    /** @description From the request to the answer */
                    "Autochrome-Milliseconds"?: number;
                    /** @description Waiting for a worker, and the work */
                    "Server-Timing"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "image/jpeg": Blob;
                    "image/png": Blob;
                    "image/webp": Blob;
                    "image/avif": Blob;
                    "image/tiff": Blob;
                };
            };
            /** @description bad-request: The request is not valid HTTP; bad-option: An option is unknown or out of range; bad-multipart: The form is not valid multipart/form-data */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description foreign-origin: Pages of other sites may not ask */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description slow-upload: The request arrived too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description too-many-bytes: The photo has too many bytes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description unsupported-type: The content type is not taken */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description expectation-failed: The expectation is not known */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description foreign-host: This server answers only to its own name */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description empty-photo: The photo is empty; not-a-photo: The body is not a photo in a format that is read; damaged-photo: The photo is damaged; too-many-pixels: The photo has too many pixels; too-much-memory: The photo needs too much memory; cannot-encode: The photo cannot be written in this format */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description header-too-large: The request's header is too large */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description failed: The server failed; worker-crashed: The process that coloured the photo died */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description queue-full: Too many photos are under way; memory-full: Too many bytes are under way; waited-too-long: The photo waited too long for its turn; not-ready: No worker is ready; draining: The server is shutting down */
            503: {
                headers: {
                    /** @description Seconds after which to ask again */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description took-too-long: The photo took too long */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listModels: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The networks, the default first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Models"];
                };
            };
            /** @description foreign-host: This server answers only to its own name */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    isAlive: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Yes */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
        };
    };
    isReady: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Yes */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description No */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
        };
    };
    metrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Yes */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
        };
    };
    describe: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OpenAPI 3.1 */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
        };
    };
}
