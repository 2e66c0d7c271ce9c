# Autochrome's server: docker build -t autochrome . ; see docs/server.md.
FROM node:20.19-bookworm-slim AS build
WORKDIR /build
ENV ONNXRUNTIME_NODE_INSTALL=skip
COPY package.json package-lock.json .npmrc ./
COPY packages/autochrome/package.json packages/autochrome/
COPY packages/tfjs-onnxruntime/package.json packages/tfjs-onnxruntime/
COPY packages/web/package.json packages/web/
RUN ["npm", "ci"]
COPY tsconfig.json ./
COPY models models
COPY examples/photos examples/photos
COPY packages packages
RUN ["npm", "run", "build", "--workspace", "tfjs-onnxruntime", "--workspace", "autochrome"]

FROM node:20.19-bookworm-slim AS packages
WORKDIR /app
ENV ONNXRUNTIME_NODE_INSTALL=skip
COPY package.json package-lock.json .npmrc ./
COPY packages/autochrome/package.json packages/autochrome/
COPY packages/tfjs-onnxruntime/package.json packages/tfjs-onnxruntime/
COPY packages/web/package.json packages/web/
RUN ["npm", "ci", "--omit=dev", "--workspace", "autochrome", "--workspace", "tfjs-onnxruntime"]

FROM node:20.19-bookworm-slim
WORKDIR /app
ENV NODE_ENV=production
COPY --from=packages /app ./
COPY --from=build /build/packages/tfjs-onnxruntime/dist packages/tfjs-onnxruntime/dist
COPY --from=build /build/packages/autochrome/dist packages/autochrome/dist
COPY models models
USER node
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "packages/autochrome/dist/cli/main.js"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8080"]
