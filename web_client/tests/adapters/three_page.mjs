// What test_engines.py calls: an avatar in a scene of three.js, a plate before its left half, another behind all of it.
import * as THREE from "three";
import { threeAvatar } from "../../adapters/three/three_avatar.ts";
import { ClipPlayer, PlayableAvatar } from "../../src/index.ts";

async function draw({ eye, target, fovYRad, widthPx, heightPx, timeS, nearM, farM }) {
  const canvas = document.createElement("canvas");
  document.body.append(canvas);
  const renderer = new THREE.WebGLRenderer({ canvas, antialias: false, preserveDrawingBuffer: true });
  renderer.setSize(widthPx, heightPx, false);
  renderer.setClearColor(0x000000, 1);
  const avatar = await PlayableAvatar.open(new Uint8Array(await (await fetch("avatar.a3d")).arrayBuffer()));
  const player = new ClipPlayer(avatar);
  player.play(0, { startS: timeS });
  player.updateAndWait(0);
  const scene = new THREE.Scene(), camera = new THREE.PerspectiveCamera((fovYRad * 180) / Math.PI, widthPx / heightPx, 0.05, 100);
  camera.position.set(...eye);
  camera.lookAt(...target);
  camera.updateMatrixWorld();
  const grey = 128 / 255, plate = (distanceM, shiftM, colour) => {
    const mesh = new THREE.Mesh(new THREE.PlaneGeometry(20, 20), new THREE.MeshBasicMaterial({ color: colour }));
    mesh.position.set(shiftM, 0, -distanceM);
    camera.add(mesh);
  };
  scene.add(camera);
  plate(farM, 0, new THREE.Color().setRGB(grey, grey, grey, THREE.SRGBColorSpace));
  plate(nearM, -10, new THREE.Color().setRGB(0, 1, 0, THREE.SRGBColorSpace));
  // A texture of its own, turned over, as engines load them: its state is not to be ours.
  const texture = new THREE.DataTexture(new Uint8Array([255, 0, 0, 255]), 1, 1);
  texture.flipY = true;
  texture.needsUpdate = true;
  const sign = new THREE.Mesh(new THREE.PlaneGeometry(0.02, 0.02), new THREE.MeshBasicMaterial({ map: texture, transparent: true }));
  sign.position.set(0.6, 0.9, -nearM);
  camera.add(sign);
  const shown = threeAvatar(THREE, avatar, player.frame);
  scene.add(shown.object);
  // The first picture has made everything; the second one is of a warm engine.
  renderer.render(scene, camera);
  renderer.render(scene, camera);
  const error = renderer.getContext().getError();
  return { picture: canvas.toDataURL(), error };
}

Object.assign(window, { ani3dPictures: { draw } });
