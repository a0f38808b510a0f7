// Spark on three.js: one frame as a PLY.
import { SparkRenderer, SplatMesh } from "@sparkjsdev/spark";
import * as THREE from "three";

export async function prepare(canvas, view) {
  const renderer = new THREE.WebGLRenderer({ canvas, antialias: false, preserveDrawingBuffer: true });
  renderer.setSize(view.widthPx, view.heightPx, false);
  renderer.setClearColor(new THREE.Color().setRGB(0.5, 0.5, 0.5, THREE.SRGBColorSpace), 1);
  const scene = new THREE.Scene();
  const spark = new SparkRenderer({ renderer });
  scene.add(spark);
  const mesh = new SplatMesh({ url: "frame.ply" });
  await mesh.initialized;
  scene.add(mesh);
  const camera = new THREE.PerspectiveCamera((view.fovYRad * 180) / Math.PI, view.widthPx / view.heightPx, 0.05, 100);
  return {
    gl: renderer.getContext(),
    draw(eye, target) {
      camera.position.set(...eye);
      camera.lookAt(...target);
      renderer.render(scene, camera);
    },
  };
}
window.bench = { prepare };
