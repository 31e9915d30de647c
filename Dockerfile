# docker run --rm --user "$(id -u)" --volume "$PWD:/site" mdpwa build
FROM rust:1.95-alpine AS build
RUN apk add --no-cache musl-dev
WORKDIR /mdpwa
COPY . .
RUN cargo build --locked --profile dist

FROM scratch
COPY --from=build /mdpwa/target/dist/mdpwa /mdpwa
WORKDIR /site
ENTRYPOINT ["/mdpwa"]
