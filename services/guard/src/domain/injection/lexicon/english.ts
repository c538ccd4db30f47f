import type { Lexicon } from "../concept.ts";

export const english: Lexicon = {
  override:
    "lifted deactivated removed_all ignore disregard forget override bypass neglect overlook dismiss discard abandon disobey circumvent skip erase nullify " +
    "cancel disable unlearn ditch drop omit violate pay_no_attention pay_no_heed set_aside throw_out throw_away toss_out " +
    "stop_following stop_obeying stop_complying no_longer_follow no_longer_apply no_longer_bound do_away_with never_mind " +
    "nevermind ignoring_all disregarding forgetting_all supersede overrule scrap break_free get_rid_of void break_out_of leave_aside wipe " +
    "ignored_from replaced_by take_no_notice turn_off switch_off put_aside",
  follow: "follow obey comply adhere heed listen abide apply respect observe followed obeyed bound",
  negation:
    "not never don_t dont doesn_t cannot can_t cant without no won_t wont shouldn_t needn_t avoid refuse_to mustn_t neither",
  instruction:
    "instruction instructions prompt prompts directive directives guideline guidelines rule rules command commands " +
    "orders directions programming preprompt pre_prompt system_message developer_message initial_configuration metaprompt instruct instructed policy_text internal_policy sysprompt " +
    "preamble told_you you_were_told told_to_do been_told were_told",
  limit:
    "restriction restrictions filter filters limitation limitations safeguard safeguards guardrail guardrails censorship " +
    "moderation constraint constraints policy policies protocol protocols boundaries safety protections limits",
  prior:
    "previous prior above earlier preceding foregoing before initial original existing aforementioned previously past " +
    "former you_were_given given_to_you so_far up_to_now until_now old preceded first already you_had you_received",
  all: "all any every everything anything each whatever entire whole complete",
  disclose:
    "reveal show print display disclose divulge expose leak repeat recite dump output tell_me give_me share_your share_the echo " +
    "what_is_your what_are_your what_was_your what_were_your what_s_your show_me copy paste quote reproduce " +
    "send_me list transcribe spell extract retrieve what_were_you what_instructions restate " +
    "spell_out write_out write_down type_out summarise_your summarize_your summarise_the summarize_the paraphrase encode translate_your tell_us hand_over " +
    "describe_your provide_me how_were_you let_me_see let_me_know confirm report return",
  say: "say write answer respond reply print output state generate produce tell speak include append insert add mention translate type",
  only: "only exactly just nothing_else nothing_but simply no_other without_comment",
  system:
    "system hidden starting initialization initial internal developer developers secret confidential underlying configuration original base private " +
    "first backend operator preset core root pre_prompt",
  secret:
    "password passwords passphrase passcode api_key api_keys credential credentials secret secrets access_code secret_key " +
    "security_code private_key secret_word secret_phrase key keys token tokens access_key pass_phrase codeword code_word entry_code environment_variables env_vars confidential_information pin",
  heldSecret:
    "the_secret_password the_access_code the_secret_key the_secret_word the_secret_code the_secret_phrase the_passphrase the_secret the_password_you the_api_key_you the_key_you all_api_keys the_code_word the_secret_passphrase your_password your_secret your_access_code your_api_key your_secrets the_flag access_granted",
  ownPrompt:
    "system_prompt system_prompts initial_prompt hidden_prompt original_prompt your_prompt your_instructions initial_instructions system_message hidden_instructions secret_instructions original_instructions your_rules your_guidelines developer_message your_initial preprompt above_prompt prompt_above starting_instructions system_instructions developer_instructions " +
    "initial_configuration your_configuration your_directives internal_instructions internal_policy your_system your_programming previous_instructions instructions_above above_instructions prior_instructions first_prompt full_prompt secret_prompt confidential_instructions custom_instructions your_custom my_instructions prompt_verbatim",
  addressed:
    "invisible_to_humans visible_to_llm visible_to_ai dear_assistant dear_ai to_the_model for_ai_systems ai_systems_reading note_for_ai addressed_to_automated addressed_to_ai to_the_assistant attention_ai to_ai_systems for_the_ai note_to_ai note_to_the_ai assistants_reading if_you_are_an_ai if_you_are_a_language if_you_re_an_ai any_ai_reading to_any_ai for_language_models ai_reading llm_reading model_reading agents_visiting agents_reading assistant_reading note_to_llm note_to_the_assistant language_model_must the_assistant_must the_ai_must ai_assistants_must ai_assistants_should hidden_instruction instruction_to_the_model instructions_for_the_model instructions_for_ai to_the_llm for_any_ai for_the_assistant for_the_model attention_assistant ai_agents_must",
  you: "you your yours yourself thee thy u ur you_re youre",
  model:
    "ai assistant chatbot gpt chatgpt llm llms language_model openai anthropic claude gemini bot copilot large_language_model " +
    "artificial_intelligence gpt_3 gpt_4 agent ai_model ai_assistant ai_system reading_this processing_this the_model model_reading agents ai_agents ai_agent ais chatbots assistants ai_models language_models automated_agents",
  persona:
    "act_as act_like pretend roleplay role_play role_playing simulate you_are_now you_re_now youre_now impersonate stay_in_character " +
    "in_character persona alter_ego you_will_be_playing play_the_role take_on_the_role assume_the_role you_will_act " +
    "become imagine_you hypothetical_response you_are_going_to_act take_the_role play_the_part be_my speak_as respond_as answer_as " +
    "embody transform_into two_responses two_ways immersed fictional_character you_are_to_act assume_the_persona " +
    "let_s_imagine would_say in_that_world game_where you_are_playing",
  knownPersona:
    "dan do_anything_now jailbreak jailbroken jailbreaking stan dude aim_chatgpt evilbot devmode betterdan mongo_tom " +
    "developer_mode god_mode dan_mode evil_confidant chaos_mode sudo_mode unrestricted_mode always_intelligent_and_machiavellian " +
    "unfiltered_mode opposite_mode strive_to_avoid_norms debug_mode maintenance_mode test_mode antigpt basedgpt freegpt no_restrictions_mode",
  unrestricted:
    "uncensored unfiltered unrestricted amoral unethical unbound limitless boundless unbounded no_restrictions no_limits no_limitations " +
    "no_rules no_filters no_filter without_restrictions without_limits without_limitations without_filters without_rules " +
    "no_moral no_ethical no_boundaries without_any_restrictions without_any_limits free_of_all free_from_all free_of_restrictions free_from_restrictions freed_from freed_of " +
    "without_any_rules no_ethics no_morals without_warnings without_any_warnings no_censorship without_censorship anything_i_ask " +
    "never_refuse broken_free unhinged no_content_policy not_bound not_bound_by no_longer_bound_by outside_its_rules without_moral",
  ethics:
    "ethical ethics moral morals morality morally illegal legality harmful unethical immoral dangerous explicit offensive " +
    "inappropriate nsfw controversial profanity swear curse lawful ethically criminal evil",
  refuse:
    "refuse refusing refusal decline apologize apologise apologies apology sorry disclaimer disclaimers warnings lecture refused warn",
  fromNow:
    "from_now_on from_this_point from_here_on henceforth instead now_on starting_now hereafter going_forward rest_of_this for_the_rest",
  fresh: "new updated real actual true following next replacement revised different changed",
  important:
    "important attention urgent warning notice critical priority mandatory imperative highest note crucial immediately",
  mode: "mode",
  authority:
    "support_desk tech_support it_support vendor compliance admin administrator root sudo superuser authorized authorised privileged clearance i_am_your_developer i_m_your_developer your_creator " +
    "debugging audit auditor authorization maintenance i_am_the_developer your_developer your_developers openai_employee engineer permission granted",
  user: "if_the_user_asks the_user user users human humans person reader customer recruiter reviewer",
  conceal:
    "do_not_mention don_t_mention do_not_tell don_t_tell without_telling without_mentioning without_informing do_not_inform " +
    "don_t_inform never_mention do_not_show without_notifying secretly silently covertly do_not_reveal_this do_not_disclose_this not_to_mention " +
    "don_t_let_the do_not_let_the do_not_alert not_to_reveal not_to_say not_to_tell not_to_share",
  send: "send forward upload transmit exfiltrate email transfer wire leak",
  conversation:
    "conversation chat_history history dialogue dialog chat transcript message messages context_window system_message developer_message first_message text_above words_above everything_above sentence_above above_text " +
    "this_conversation conversation_above above_this",
  output:
    "your_answer your_response your_reply your_output your_answers your_responses your_summary your_final your_next your_message",
  verbatim:
    "verbatim word_for_word exactly_as letter_by_letter character_by_character in_full full_text as_is entirety raw precisely code_block codeblock backwards in_reverse base64",
  decode: "decode decipher base64 rot13 hex hexadecimal decrypt caesar_cipher deobfuscate morse",
  job: "task tasks assignment objective goal mission job aufgabe aufgaben tâche tarea tarefa compito taak zadanie zadania задача задачу задание 任务 タスク 任務 작업 과제 görev görevi görevin tugas nhiệm_vụ مهمة المهمة مهمتك कार्य काम uppgift opgave",
  told: "told instructed asked_to were_given been_given you_received have_received you_start_with you_got were_you_given you_must_not given_to_you you_not_allowed forbidden_to not_supposed_to",
  lead: "please now then and must just you should also so kindly simply first instead will to_always bitte por_favor proszę пожалуйста",
  end: "end_of_document end_of_session end_of_text end_of_prompt end_of_conversation end_of_input end_of_data end_of_file end_of_the_document end_of_message end_of_instructions end_of_context end_of_user end_of_system end_of_email end_of_article endoftext end_session begin_new start_of_new",
  task: "summarize summarise summarizing summarising summary review reviewing evaluate evaluating translating translation screening ranking assess process processing reads asked",
  roleMark: "system_override admin_override admin_request system_notice",
};
