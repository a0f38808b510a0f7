// Generated from ani3d_runtime/body/joint_names.py by unity_client/Tools~/write_joint_names.py.
namespace Ani3d
{
    /// <summary>What other tools call joints: their name, =, ours.</summary>
    internal static class JointNameTables
    {
        /// <summary>Without these a body cannot be placed or walk.</summary>
        public const string Required =
            "pelvis left_hip left_knee left_ankle left_shoulder left_elbow right_hip right_knee right_ankle " +
            "right_shoulder right_elbow";

        /// <summary>Names of the namings; of two that explain as many joints, the first is meant.</summary>
        public static readonly string[] Styles = { "CMU", "Mixamo", "anatomical", "SMPL", "Unity", "VRM", "Unreal 5", "Unreal 4" };

        /// <summary>A table for each naming.</summary>
        public static readonly string[] Tables =
        {
            "Hips=pelvis Neck=neck Head=head LeftUpLeg=left_hip LeftLeg=left_knee LeftFoot=left_ankle " +
            "LeftToeBase=left_foot LeftShoulder=left_collar LeftArm=left_shoulder LeftForeArm=left_elbow " +
            "LeftHand=left_wrist RightUpLeg=right_hip RightLeg=right_knee RightFoot=right_ankle " +
            "RightToeBase=right_foot RightShoulder=right_collar RightArm=right_shoulder RightForeArm=right_elbow " +
            "RightHand=right_wrist LowerBack=spine1 Spine=spine2 Spine1=spine3",
            "Hips=pelvis Neck=neck Head=head LeftUpLeg=left_hip LeftLeg=left_knee LeftFoot=left_ankle " +
            "LeftToeBase=left_foot LeftShoulder=left_collar LeftArm=left_shoulder LeftForeArm=left_elbow " +
            "LeftHand=left_wrist RightUpLeg=right_hip RightLeg=right_knee RightFoot=right_ankle " +
            "RightToeBase=right_foot RightShoulder=right_collar RightArm=right_shoulder RightForeArm=right_elbow " +
            "RightHand=right_wrist Spine=spine1 Spine1=spine2 Spine2=spine3 LeftHandThumb1=left_thumb1 " +
            "LeftHandThumb2=left_thumb2 LeftHandThumb3=left_thumb3 LeftHandIndex1=left_index1 " +
            "LeftHandIndex2=left_index2 LeftHandIndex3=left_index3 LeftHandMiddle1=left_middle1 " +
            "LeftHandMiddle2=left_middle2 LeftHandMiddle3=left_middle3 LeftHandRing1=left_ring1 " +
            "LeftHandRing2=left_ring2 LeftHandRing3=left_ring3 LeftHandPinky1=left_pinky1 " +
            "LeftHandPinky2=left_pinky2 LeftHandPinky3=left_pinky3 RightHandThumb1=right_thumb1 " +
            "RightHandThumb2=right_thumb2 RightHandThumb3=right_thumb3 RightHandIndex1=right_index1 " +
            "RightHandIndex2=right_index2 RightHandIndex3=right_index3 RightHandMiddle1=right_middle1 " +
            "RightHandMiddle2=right_middle2 RightHandMiddle3=right_middle3 RightHandRing1=right_ring1 " +
            "RightHandRing2=right_ring2 RightHandRing3=right_ring3 RightHandPinky1=right_pinky1 " +
            "RightHandPinky2=right_pinky2 RightHandPinky3=right_pinky3",
            "Hips=pelvis Ab=spine1 Chest=spine2 Chest2=spine3 Neck=neck Head=head LeftHip=left_hip " +
            "LeftKnee=left_knee LeftAnkle=left_ankle LeftToes=left_foot LeftToe=left_foot LeftCollar=left_collar " +
            "LeftShoulder=left_shoulder LeftElbow=left_elbow LeftWrist=left_wrist RightHip=right_hip " +
            "RightKnee=right_knee RightAnkle=right_ankle RightToes=right_foot RightToe=right_foot " +
            "RightCollar=right_collar RightShoulder=right_shoulder RightElbow=right_elbow RightWrist=right_wrist",
            "pelvis=pelvis left_hip=left_hip right_hip=right_hip spine1=spine1 left_knee=left_knee " +
            "right_knee=right_knee spine2=spine2 left_ankle=left_ankle right_ankle=right_ankle spine3=spine3 " +
            "left_foot=left_foot right_foot=right_foot neck=neck left_collar=left_collar " +
            "right_collar=right_collar head=head left_shoulder=left_shoulder right_shoulder=right_shoulder " +
            "left_elbow=left_elbow right_elbow=right_elbow left_wrist=left_wrist right_wrist=right_wrist " +
            "left_hand=left_hand right_hand=right_hand jaw=jaw left_eye_smplhf=left_eye_smplhf " +
            "right_eye_smplhf=right_eye_smplhf left_index1=left_index1 left_index2=left_index2 " +
            "left_index3=left_index3 left_middle1=left_middle1 left_middle2=left_middle2 " +
            "left_middle3=left_middle3 left_pinky1=left_pinky1 left_pinky2=left_pinky2 left_pinky3=left_pinky3 " +
            "left_ring1=left_ring1 left_ring2=left_ring2 left_ring3=left_ring3 left_thumb1=left_thumb1 " +
            "left_thumb2=left_thumb2 left_thumb3=left_thumb3 right_index1=right_index1 right_index2=right_index2 " +
            "right_index3=right_index3 right_middle1=right_middle1 right_middle2=right_middle2 " +
            "right_middle3=right_middle3 right_pinky1=right_pinky1 right_pinky2=right_pinky2 " +
            "right_pinky3=right_pinky3 right_ring1=right_ring1 right_ring2=right_ring2 right_ring3=right_ring3 " +
            "right_thumb1=right_thumb1 right_thumb2=right_thumb2 right_thumb3=right_thumb3",
            "Hips=pelvis Spine=spine1 Chest=spine2 UpperChest=spine3 Neck=neck Head=head Jaw=jaw " +
            "LeftUpperLeg=left_hip LeftLowerLeg=left_knee LeftFoot=left_ankle LeftToes=left_foot " +
            "LeftShoulder=left_collar LeftUpperArm=left_shoulder LeftLowerArm=left_elbow LeftHand=left_wrist " +
            "LeftEye=left_eye_smplhf LeftThumbProximal=left_thumb1 LeftThumbIntermediate=left_thumb2 " +
            "LeftThumbDistal=left_thumb3 LeftIndexProximal=left_index1 LeftIndexIntermediate=left_index2 " +
            "LeftIndexDistal=left_index3 LeftMiddleProximal=left_middle1 LeftMiddleIntermediate=left_middle2 " +
            "LeftMiddleDistal=left_middle3 LeftRingProximal=left_ring1 LeftRingIntermediate=left_ring2 " +
            "LeftRingDistal=left_ring3 LeftLittleProximal=left_pinky1 LeftLittleIntermediate=left_pinky2 " +
            "LeftLittleDistal=left_pinky3 RightUpperLeg=right_hip RightLowerLeg=right_knee RightFoot=right_ankle " +
            "RightToes=right_foot RightShoulder=right_collar RightUpperArm=right_shoulder " +
            "RightLowerArm=right_elbow RightHand=right_wrist RightEye=right_eye_smplhf " +
            "RightThumbProximal=right_thumb1 RightThumbIntermediate=right_thumb2 RightThumbDistal=right_thumb3 " +
            "RightIndexProximal=right_index1 RightIndexIntermediate=right_index2 RightIndexDistal=right_index3 " +
            "RightMiddleProximal=right_middle1 RightMiddleIntermediate=right_middle2 " +
            "RightMiddleDistal=right_middle3 RightRingProximal=right_ring1 RightRingIntermediate=right_ring2 " +
            "RightRingDistal=right_ring3 RightLittleProximal=right_pinky1 RightLittleIntermediate=right_pinky2 " +
            "RightLittleDistal=right_pinky3",
            "hips=pelvis spine=spine1 chest=spine2 upperChest=spine3 neck=neck head=head jaw=jaw " +
            "leftUpperLeg=left_hip leftLowerLeg=left_knee leftFoot=left_ankle leftToes=left_foot " +
            "leftShoulder=left_collar leftUpperArm=left_shoulder leftLowerArm=left_elbow leftHand=left_wrist " +
            "leftEye=left_eye_smplhf leftThumbProximal=left_thumb2 leftThumbIntermediate=left_thumb2 " +
            "leftThumbDistal=left_thumb3 leftIndexProximal=left_index1 leftIndexIntermediate=left_index2 " +
            "leftIndexDistal=left_index3 leftMiddleProximal=left_middle1 leftMiddleIntermediate=left_middle2 " +
            "leftMiddleDistal=left_middle3 leftRingProximal=left_ring1 leftRingIntermediate=left_ring2 " +
            "leftRingDistal=left_ring3 leftLittleProximal=left_pinky1 leftLittleIntermediate=left_pinky2 " +
            "leftLittleDistal=left_pinky3 rightUpperLeg=right_hip rightLowerLeg=right_knee rightFoot=right_ankle " +
            "rightToes=right_foot rightShoulder=right_collar rightUpperArm=right_shoulder " +
            "rightLowerArm=right_elbow rightHand=right_wrist rightEye=right_eye_smplhf " +
            "rightThumbProximal=right_thumb2 rightThumbIntermediate=right_thumb2 rightThumbDistal=right_thumb3 " +
            "rightIndexProximal=right_index1 rightIndexIntermediate=right_index2 rightIndexDistal=right_index3 " +
            "rightMiddleProximal=right_middle1 rightMiddleIntermediate=right_middle2 " +
            "rightMiddleDistal=right_middle3 rightRingProximal=right_ring1 rightRingIntermediate=right_ring2 " +
            "rightRingDistal=right_ring3 rightLittleProximal=right_pinky1 rightLittleIntermediate=right_pinky2 " +
            "rightLittleDistal=right_pinky3 leftThumbMetacarpal=left_thumb1 rightThumbMetacarpal=right_thumb1",
            "pelvis=pelvis neck_01=neck head=head thigh_l=left_hip calf_l=left_knee foot_l=left_ankle " +
            "ball_l=left_foot clavicle_l=left_collar upperarm_l=left_shoulder lowerarm_l=left_elbow " +
            "hand_l=left_wrist thumb_01_l=left_thumb1 thumb_02_l=left_thumb2 thumb_03_l=left_thumb3 " +
            "index_01_l=left_index1 index_02_l=left_index2 index_03_l=left_index3 middle_01_l=left_middle1 " +
            "middle_02_l=left_middle2 middle_03_l=left_middle3 ring_01_l=left_ring1 ring_02_l=left_ring2 " +
            "ring_03_l=left_ring3 pinky_01_l=left_pinky1 pinky_02_l=left_pinky2 pinky_03_l=left_pinky3 " +
            "thigh_r=right_hip calf_r=right_knee foot_r=right_ankle ball_r=right_foot clavicle_r=right_collar " +
            "upperarm_r=right_shoulder lowerarm_r=right_elbow hand_r=right_wrist thumb_01_r=right_thumb1 " +
            "thumb_02_r=right_thumb2 thumb_03_r=right_thumb3 index_01_r=right_index1 index_02_r=right_index2 " +
            "index_03_r=right_index3 middle_01_r=right_middle1 middle_02_r=right_middle2 " +
            "middle_03_r=right_middle3 ring_01_r=right_ring1 ring_02_r=right_ring2 ring_03_r=right_ring3 " +
            "pinky_01_r=right_pinky1 pinky_02_r=right_pinky2 pinky_03_r=right_pinky3 spine_01=spine1 " +
            "spine_03=spine2 spine_05=spine3",
            "pelvis=pelvis neck_01=neck head=head thigh_l=left_hip calf_l=left_knee foot_l=left_ankle " +
            "ball_l=left_foot clavicle_l=left_collar upperarm_l=left_shoulder lowerarm_l=left_elbow " +
            "hand_l=left_wrist thumb_01_l=left_thumb1 thumb_02_l=left_thumb2 thumb_03_l=left_thumb3 " +
            "index_01_l=left_index1 index_02_l=left_index2 index_03_l=left_index3 middle_01_l=left_middle1 " +
            "middle_02_l=left_middle2 middle_03_l=left_middle3 ring_01_l=left_ring1 ring_02_l=left_ring2 " +
            "ring_03_l=left_ring3 pinky_01_l=left_pinky1 pinky_02_l=left_pinky2 pinky_03_l=left_pinky3 " +
            "thigh_r=right_hip calf_r=right_knee foot_r=right_ankle ball_r=right_foot clavicle_r=right_collar " +
            "upperarm_r=right_shoulder lowerarm_r=right_elbow hand_r=right_wrist thumb_01_r=right_thumb1 " +
            "thumb_02_r=right_thumb2 thumb_03_r=right_thumb3 index_01_r=right_index1 index_02_r=right_index2 " +
            "index_03_r=right_index3 middle_01_r=right_middle1 middle_02_r=right_middle2 " +
            "middle_03_r=right_middle3 ring_01_r=right_ring1 ring_02_r=right_ring2 ring_03_r=right_ring3 " +
            "pinky_01_r=right_pinky1 pinky_02_r=right_pinky2 pinky_03_r=right_pinky3 spine_01=spine1 " +
            "spine_02=spine2 spine_03=spine3",
        };
    }
}
