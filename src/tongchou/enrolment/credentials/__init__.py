"""Cards and other media (社会保障卡与就诊介质): what happened to a card, what else stands for it, how far issuing is.

GX2017 §13, 63, 67; JL2019 §24; JS2017 七(一); QA2018 五(五); ENR-29…31. The card itself is `SocialSecurityCard`.
"""
