/** The example voting app as a person would write it, for tests of the canvas. */
export const votingText = `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: voting
description: Vote on one page, see the result on another
status: draft
namespace: voting
nodes:
  vote: { type: deployment, image: docker.io/dockersamples/examplevotingapp_vote:latest, replicas: 2, port: 80 }
  result: { type: deployment, image: docker.io/dockersamples/examplevotingapp_result:latest, port: 80 }
  worker: { type: deployment, image: docker.io/dockersamples/examplevotingapp_worker:latest, replicas: 3 }
  redis: { type: deployment, image: 'docker.io/library/redis:7-alpine', port: 6379 }
  db: { type: deployment, image: 'docker.io/library/postgres:15-alpine', port: 5432 }
  vote-svc: { type: service, port: 80 }
  result-svc: { type: service, port: 80 }
  redis-svc: { type: service, name: redis, port: 6379 }
  db-svc: { type: service, name: db, port: 5432 }
  db-password: { type: secret, keys: [POSTGRES_PASSWORD] }
  settings: { type: configmap, data: { OPTION_A: Cats, OPTION_B: Dogs } }
  entry:
    type: ingress
    host: voting.localhost
    paths:
      - { id: vote, path: / }
      - { id: result, path: /result }
edges:
  - { from: entry, handle: vote, to: vote-svc }
  - { from: entry, handle: result, to: result-svc }
  - vote-svc -> vote
  - result-svc -> result
  - redis-svc -> redis
  - db-svc -> db
  - db-password -> db
  - settings -> vote
  - worker -> redis
  - worker -> db
layout:
  entry: [0, 140]
  vote-svc: [360, 0]
  result-svc: [360, 330]
  vote: [720, 0]
  settings: [360, -200]
  result: [720, 330]
  redis-svc: [1080, 60]
  worker: [1080, 300]
  redis: [1440, 60]
  db: [1440, 480]
  db-svc: [1080, 540]
  db-password: [1080, 770]
`;
