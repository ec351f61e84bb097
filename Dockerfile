# One image for every process of the keep; the command says which. docs/deployment.md says how to run it.

FROM node:26 AS build
WORKDIR /build
COPY package.json package-lock.json ./
COPY clients/typescript/package.json clients/typescript/
COPY clients/testing/package.json clients/testing/
COPY scripts/trim-install.mjs scripts/
RUN npm ci --no-audit --no-fund
COPY nest-cli.json tsconfig.json ./
COPY scripts/build.ts scripts/
COPY docs/query-language.md docs/
COPY apps apps
COPY libs libs
COPY profiles profiles
COPY examples/views examples/views
COPY clients/typescript/src clients/typescript/src
RUN npm run build && cp -R dist/current/ program

FROM node:26 AS modules
WORKDIR /build
COPY package.json package-lock.json ./
COPY clients/typescript/package.json clients/typescript/
COPY clients/testing/package.json clients/testing/
COPY scripts/trim-install.mjs scripts/
RUN npm ci --omit=dev --no-audit --no-fund

FROM node:26-slim
# The jail of view processes is set up by Python's standard library, also for JavaScript; Python views run on it.
RUN apt-get update && apt-get install -y --no-install-recommends python3 && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=modules /build/node_modules node_modules
COPY --from=build /build/program dist
COPY package.json LICENSE ./
# `docker exec -it <container> datakeep backup` and so on.
RUN printf '#!/bin/sh\nexec node /app/dist/apps/cli/src/main.js "$@"\n' > /usr/local/bin/datakeep && chmod 755 /usr/local/bin/datakeep
# A volume that is mounted here for the first time takes over owner and mode. 1000 is the user "node" of the image.
RUN install -d -o 1000 -g 1000 -m 700 /data
ENV DATA_DIR=/data HOST=0.0.0.0 PORT=8020 SERVICE_HOST=0.0.0.0 HEALTH_PORT=8100
# Each thread takes memory from an arena of its own otherwise: 3 MiB for a service.
ENV MALLOC_ARENA_MAX=2
USER 1000
EXPOSE 8020
# The gateway and the standalone keep answer on PORT, the other processes on HEALTH_PORT.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
  CMD ["node", "-e", "const up = async (port) => { if (!(await fetch('http://127.0.0.1:' + port + '/health/live')).ok) throw port }; Promise.any([process.env.HEALTH_PORT, process.env.PORT].map(up)).then(() => process.exit(0), () => process.exit(1))"]
# Each program takes the flags of `npm start` by itself.
ENTRYPOINT ["node"]
CMD ["dist/apps/standalone/src/main.js"]
