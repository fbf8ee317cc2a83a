// What to write without sesscache/auto, where a client lets one choose its connection:
// docs/auto.md.

import { once } from 'node:events';
import https from 'node:https';
import http2 from 'node:http2';
import {
  connect,
  http2Connector,
  SessionAgent,
  undiciConnector,
} from '../../dist/client/index.mjs';

const url = (port) => `https://localhost:${port}/`;

export const RECIPES = {
  'https.Agent': {
    server: 'https',
    load: async () => async (port) => {
      const [response] = await once(
        https.get(url(port), { agent: new SessionAgent() }),
        'response',
      );
      await once(response.resume(), 'close');
    },
  },
  undici: {
    server: 'https',
    async load() {
      const { Agent, buildConnector, request } = await import('undici');
      const dispatcher = new Agent({ connect: undiciConnector(buildConnector) });
      return async (port) => {
        const { body } = await request(url(port), { dispatcher });
        await body.text();
      };
    },
  },
  axios: {
    server: 'https',
    async load() {
      const { default: axios } = await import('axios');
      return (port) => axios.get(url(port), { httpsAgent: new SessionAgent() });
    },
  },
  got: {
    server: 'https',
    async load() {
      const { got } = await import('got');
      return (port) => got(url(port), { agent: { https: new SessionAgent() } }).text();
    },
  },
  'node-fetch': {
    server: 'https',
    async load() {
      const { default: nodeFetch } = await import('node-fetch');
      return async (port) => (await nodeFetch(url(port), { agent: new SessionAgent() })).text();
    },
  },
  superagent: {
    server: 'https',
    async load() {
      const { default: superagent } = await import('superagent');
      return (port) => superagent.get(url(port)).agent(new SessionAgent());
    },
  },
  'http2.connect': {
    server: 'http2',
    load: async () => async (port) => {
      const session = http2.connect(url(port), { createConnection: http2Connector() });
      const stream = session.request({ ':path': '/' });
      await once(stream.resume(), 'close');
      session.close();
      await once(session, 'close');
    },
  },
  ws: {
    server: 'ws',
    async load() {
      const { WebSocket } = await import('ws');
      return async (port) => {
        const socket = new WebSocket(`wss://localhost:${port}/`, { agent: new SessionAgent() });
        await once(socket, 'message');
        socket.close();
        await once(socket, 'close');
      };
    },
  },
  'socket.io-client': {
    server: 'socket.io',
    async load() {
      const { io } = await import('socket.io-client');
      return async (port) => {
        const options = { agent: new SessionAgent(), forceNew: true, transports: ['websocket'] };
        const socket = io(url(port), options);
        await new Promise((resolve) => socket.once('hello', resolve));
        socket.close();
      };
    },
  },
  mqtt: {
    server: 'Mosquitto',
    async load() {
      const { default: mqtt } = await import('mqtt');
      return async (port) => {
        const client = new mqtt.MqttClient(() => connect({ host: 'localhost', port }), {});
        await client.subscribeAsync('test');
        await client.endAsync();
      };
    },
  },
  kafkajs: {
    server: 'Kafka (fake)',
    async load() {
      const { default: kafkajs } = await import('kafkajs');
      const socketFactory = ({ host, port, ssl, onConnect }) =>
        connect({ host, port, ...ssl }, onConnect);
      return async (port) => {
        const brokers = [`localhost:${port}`];
        const kafka = new kafkajs.Kafka({ brokers, ssl: {}, socketFactory, logLevel: 0 });
        const admin = kafka.admin();
        await admin.connect();
        await admin.disconnect();
      };
    },
  },
};
